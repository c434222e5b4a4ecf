"""Files of probes that were killed together with their run, so that nobody is left who would remove them."""

from __future__ import annotations

import contextlib
import os
import pathlib
import time

SUFFIX = ".probe"
# Seconds. A living probe writes several times in each of them.
_SILENT = 60.0


def remove_abandoned(folder: str) -> None:
    """Remove those in the folder to which nothing was written for a while: without its file, a probe that another run needs would end."""
    for path in pathlib.Path(folder).glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _SILENT:
                os.unlink(path)
