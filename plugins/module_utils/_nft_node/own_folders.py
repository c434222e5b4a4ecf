"""Folders of a node that nobody else may write, whatever the umask is; in one of them the lock that lets one run at a time into each network namespace."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from .._common.errors import DataplaneError

# In the path of each of them.
OURS = "aks-dataplane"
WRITABLE_BY_OTHERS = 0o022
RUN = "/run/aks-dataplane"
_WAIT = 30.0
_PAUSE = 0.05


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


def network_namespace() -> int:
    """The id of this network namespace."""
    return os.stat("/proc/self/ns/net").st_ino


@contextlib.contextmanager
def exclusive_run(wait: float = _WAIT) -> t.Iterator[None]:
    """The lock, which ends with the process. DataplaneError when another run has it for longer than that (seconds). OSError."""
    make_folder(RUN, 0o700)
    # Without O_CLOEXEC, which Python sets, a program that outlives the run would go on holding it.
    lock = os.open(f"{RUN}/nftables.{network_namespace()}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(lock, 0o600)
        _take(lock, time.monotonic() + wait)
        yield
    finally:
        os.close(lock)


def _take(lock: int, until: float) -> None:
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        if time.monotonic() > until:
            raise DataplaneError(
                "Another run of this module is at work on the node.", remedy="Run the task again when it has ended.", code="OverlappingRun"
            )
        time.sleep(_PAUSE)
