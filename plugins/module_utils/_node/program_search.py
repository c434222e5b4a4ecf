"""Where the programs of a node are found."""

from __future__ import annotations

import os
import shutil

SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))


def find(program: str) -> str | None:
    """Its path; None when there is no such program."""
    return shutil.which(program, path=SEARCH)
