"""One run at a time in each network namespace. The lock ends with the process, however that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

from .._common.errors import DataplaneError
from .own_folders import make_folder

RUN = "/run/aks-dataplane"
_WAIT = 30.0
_PAUSE = 0.05


def network_namespace() -> int:
    """The id of this network namespace."""
    return os.stat("/proc/self/ns/net").st_ino


@contextlib.contextmanager
def exclusive_run(wait: float = _WAIT) -> t.Iterator[None]:
    """DataplaneError when another run has it for longer than that (seconds). OSError."""
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
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < until:
                time.sleep(_PAUSE)
                continue
            raise DataplaneError(
                "Another run of this module is at work on the node.", remedy="Run the task again when it has ended.", code="OverlappingRun"
            ) from None
        return
