"""Questions at the same time, and until when; knows nothing of Kubernetes but its errors."""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import time
import typing as t

from .._observe.kubernetes import KubeError, TimeIsUp

T = t.TypeVar("T")
R = t.TypeVar("R")
Clock = t.Callable[[], float]


class Threads:
    """This part of the port C(Kubernetes), in separate threads for each call, so that calls may be nested.

    concurrency: how many at the same time. clock: seconds since any moment.
    """

    def __init__(self, concurrency: int, clock: Clock = time.monotonic) -> None:
        self.concurrency = concurrency
        self._clock = clock

    def each(self, function: t.Callable[[T], R], items: t.Iterable[T], at_most: int | None = None) -> list[R]:
        """See the port."""
        failed = threading.Event()

        def ask(item: T) -> list[R]:
            if failed.is_set():
                # Nobody sees this: the failure is what comes of all of it.
                return []
            try:
                return [function(item)]
            except KubeError:
                failed.set()
                raise

        with _executor(min(self.concurrency, at_most or self.concurrency)) as executor:
            return [value for values in executor.map(ask, items) for value in values]

    def together(self, *questions: t.Callable[[], t.Any]) -> list[t.Any]:
        """See the port."""
        with _executor(len(questions)) as executor:
            return [answer.result() for answer in [executor.submit(question) for question in questions]]

    def deadline(self, seconds: float) -> TimeIsUp:
        """See the port."""
        until = self._clock() + seconds
        return lambda: self._clock() > until


@contextlib.contextmanager
def _executor(workers: int) -> t.Iterator[concurrent.futures.Executor]:
    """After a failure what has not begun is left out; what has begun is waited for."""
    executor = concurrent.futures.ThreadPoolExecutor(max_workers=workers)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)
