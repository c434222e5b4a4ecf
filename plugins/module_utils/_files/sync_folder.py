"""Makes what happened to the names in a folder outlive a loss of power."""

from __future__ import annotations

import os


def sync_folder(path: str) -> None:
    """Returns when the disk has it. OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
