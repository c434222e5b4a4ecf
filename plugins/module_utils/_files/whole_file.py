"""Files that are replaced as a whole: a reader sees the old content or the new one, and what a killed writer leaves is found and removed."""

from __future__ import annotations

import contextlib
import fcntl
import os

from .sync_folder import sync_folder

_SCRATCH = ".tmp"


def write_whole(path: str, data: bytes) -> None:
    """The file has this content, and the disk has it, when this returns; only its owner may read it. OSError, after which nothing new is there."""
    try:
        _write(path, data)
    except FileNotFoundError:
        # Somebody may have taken the scratch file for a dead writer's, in the moment before it was locked.
        _write(path, data)


def _write(path: str, data: bytes) -> None:
    scratch = f"{path}.{os.getpid()}{_SCRATCH}"
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            with contextlib.suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.replace(scratch, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(scratch)
        raise
    sync_folder(os.path.dirname(path) or ".")


def sweep(directory: str) -> None:
    """Remove what killed writers left in the directory. Who writes holds a lock, which ends with the process; where there are no locks nothing goes."""
    with contextlib.suppress(OSError):
        for name in os.listdir(directory):
            if name.endswith(_SCRATCH):
                with contextlib.suppress(OSError):
                    _remove_dead(os.path.join(directory, name))


def _remove_dead(path: str) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(handle)
