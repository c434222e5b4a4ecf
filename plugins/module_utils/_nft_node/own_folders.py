"""Folders of a node that nobody else may write, whatever the umask is."""

from __future__ import annotations

import contextlib
import os
import typing as t

# In the path of each of them.
OURS = "aks-dataplane"
WRITABLE_BY_OTHERS = 0o022


def make_folder(path: str, mode: int) -> None:
    """With those above it; the mode is that of each that is not there yet. OSError."""
    if not os.path.lexists(path):
        make_folder(os.path.dirname(path), mode)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, mode)
        os.chmod(path, mode)
    # It says what is wrong with what is no folder.
    with os.scandir(path):
        pass
    if is_open_to_others(path):
        os.chmod(path, os.stat(path).st_mode & 0o777 & ~WRITABLE_BY_OTHERS)


def is_open_to_others(path: str) -> bool:
    """Whether it is a folder of ours that others may write. OSError."""
    return OURS in path and os.path.isdir(path) and bool(os.stat(path).st_mode & WRITABLE_BY_OTHERS)


@contextlib.contextmanager
def naming(path: str) -> t.Iterator[None]:
    """An OSError of the block gets the name of the file, as one that comes while writing has none."""
    try:
        yield
    except OSError as exc:
        exc.filename = exc.filename or path
        raise
