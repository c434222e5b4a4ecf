"""Answers that all processes of a run share: a process opens them, and those that it forks then inherit them.

They lie in a file without a name, which nobody can open by a path and which is gone with the last process of the run, however that ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import tempfile
import threading
import time
import typing as t

from .._common.errors import DataplaneError
from .shared_content import LIMIT, Entries, Entry, build_failure, describe_failure, is_usable, pack, unpack

# The first byte is locked by whoever reads or writes the content, one of the others by whoever is after the answer to one question.
_CONTENT = 0
_QUESTIONS = 2**60


class SharedAnswers:
    """Made by C(open_shared). No method fails for want of the file: without it each process asks for itself, as it would without sharing.

    clock: seconds since the epoch.
    """

    def __init__(self, descriptor: int, clock: t.Callable[[], float] = time.time) -> None:
        self._descriptor = descriptor
        self._clock = clock
        self._identity = _identity(descriptor)
        self._secret = secrets.token_bytes(32)
        # Nested, because an answer may need another one.
        self._threads = threading.RLock()

    def key(self, kind: str, parts: t.Mapping[str, t.Any]) -> str:
        """The name of a question. parts: all that its answer depends on, plain JSON; secrets may be among them, because the digest is keyed
        with a random number that is in the memory of the run's processes only.
        """
        text = json.dumps([kind, parts], sort_keys=True)
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def once(
        self,
        key: str,
        ask: t.Callable[[], tuple[t.Any, float]],
        failure_seconds: t.Callable[[DataplaneError], float] = lambda exc: 0.0,
    ) -> t.Any:
        """The answer, which one process gets while the others wait for it.

        ask: gets it over the network; returns it as plain JSON, and for how many seconds it may be used. What it raises as C(DataplaneError) is
        raised for all who waited, and for C(failure_seconds) also for those who come later.
        """
        asked = self._clock()
        with self.turn(key):
            known = self._read().get(key)
            if known and is_usable(known, asked, self._clock()):
                if known.failed:
                    raise build_failure(known.value)
                return known.value
            try:
                value, seconds = ask()
            except DataplaneError as exc:
                self._put(key, describe_failure(exc), failure_seconds(exc), failed=True)
                raise
            self._put(key, value, seconds)
            return value

    def keep(self, key: str, value: t.Any, seconds: float) -> None:
        """An answer that came in another way."""
        self._put(key, value, seconds)

    def forget(self, is_wrong: t.Callable[[str, t.Any], bool]) -> None:
        """Drop all answers of which that is so. is_wrong: gets the key and the answer."""
        self._change(lambda entries: {key: entry for key, entry in entries.items() if entry.failed or not is_wrong(key, entry.value)})

    def turn(self, key: str) -> contextlib.AbstractContextManager[None]:
        """Whoever else asks this question waits meanwhile."""
        return self._locked(_place(key))

    def now(self) -> float:
        """Seconds since the epoch, as the answers have them."""
        return self._clock()

    def _put(self, key: str, value: t.Any, seconds: float, *, failed: bool = False) -> None:
        now = self._clock()
        entry = Entry(value=value, ended=now, until=now + seconds, failed=failed)
        self._change(lambda entries: {**entries, key: entry})

    def _change(self, change: t.Callable[[Entries], Entries]) -> None:
        with contextlib.suppress(OSError), self._locked(_CONTENT):
            data = pack(change(self._load()), self._clock())
            os.ftruncate(self._descriptor, 0)
            _write_all(self._descriptor, data)

    def _read(self) -> Entries:
        with contextlib.suppress(OSError), self._locked(_CONTENT):
            return self._load()
        return {}

    def _load(self) -> Entries:
        self._check()
        # Forks share one position in the file, so nobody may use it.
        return unpack(os.pread(self._descriptor, LIMIT, 0))

    def _check(self) -> None:
        """OSError when the descriptor is no longer ours: whoever closed it may have opened a file with a name under the same number."""
        if _identity(self._descriptor) != self._identity:
            raise OSError("the descriptor was closed")

    @contextlib.contextmanager
    def _locked(self, place: int) -> t.Iterator[None]:
        """Hold the lock of one byte; without it when there are no locks.

        A record lock belongs to a process: forks exclude each other, and the kernel releases it when its holder ends, however. One of flock(2) and
        an open-file-description lock belong to what all forks inherited together: each of them would have it. Threads of one process are one
        holder to the kernel, therefore they exclude each other by themselves. A holder that is asking ends by the timeouts of its requests.
        """
        with self._threads:
            held = self._lock(place)
            try:
                yield
            finally:
                if held:
                    with contextlib.suppress(OSError):
                        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, place)

    def _lock(self, place: int) -> bool:
        try:
            self._check()
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, place)
        except OSError:
            return False
        return True


def _place(key: str) -> int:
    """The byte whose lock stands for a question, which need not exist in the file."""
    return 1 + int(key, 16) % _QUESTIONS


def _identity(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _write_all(descriptor: int, data: bytes) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, data[done:], done)


class _Run:
    """What was opened by this process, or inherited from the one that forked it."""

    answers: SharedAnswers | None = None


def open_shared() -> None:
    """From now on, this process and all that it forks share what they are answered. To be called before the forks; a second call does nothing.

    Nothing is imported and nobody is asked. Where no file can be had, each process asks for itself.
    """
    if _Run.answers is None:
        with contextlib.suppress(OSError):
            _Run.answers = SharedAnswers(_unnamed_file())


def shared() -> SharedAnswers | None:
    """None in a process, such as that of an ordinary module, to which nobody handed any."""
    return _Run.answers


def _unnamed_file() -> int:
    """A descriptor that programs which are started do not inherit."""
    if hasattr(os, "memfd_create"):
        # A kernel or a filter of system calls may not have it.
        with contextlib.suppress(OSError):
            return os.memfd_create("aks_dataplane")
    # Without a name before anything is written into it.
    with tempfile.TemporaryFile() as file:
        return fcntl.fcntl(file.fileno(), fcntl.F_DUPFD_CLOEXEC, 0)
