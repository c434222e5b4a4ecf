"""The process of a probe: it tries to reach its targets until the run ends it, the run is gone, or its time is up. It keeps nothing else running.

It is started with a separate interpreter, so that neither the waits of the run nor its forks disturb the times, and uses the standard library alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time

from .._interruption.target import Target
from .._probing.probing import Prober
from .._work.process_identity import is_alive

# Seconds between two looks at whether the run still wants it, and at whether it is still there.
_LOOK, _OWNER_LOOK = 0.1, 1.0
# Seconds after its time is up in which it ends by itself.
_GRACE = 2.0


class File:
    """path: of the file for the samples, which the run removes to end the probe. owner: identity of the run. until: when the time is up."""

    def __init__(self, path: str, owner: str, until: float) -> None:
        self._path, self._owner, self._until = path, owner, until
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        # As long as the process.
        self._file = open(descriptor, "w", encoding="utf-8")  # noqa: SIM115

    def write(self, text: str) -> None:
        self._file.write(text)

    def flush(self) -> None:
        self._file.flush()

    async def wait(self) -> bool:
        """Until nobody wants it any more: whether the run has said so, and reads what there is."""
        asked = 0.0
        while time.monotonic() < self._until:
            await asyncio.sleep(_LOOK)
            self._file.flush()
            if not os.path.exists(self._path):
                return True
            if time.monotonic() - asked >= _OWNER_LOOK:
                asked = time.monotonic()
                if is_alive(self._owner) is False:
                    break
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)
        return False


def main() -> None:
    """What is to be done comes on the standard input: addresses may hold what nobody else on the machine may read."""
    given = json.loads(sys.stdin.read())
    sys.stdin.close()
    # The system ends it where it cannot end by itself: Python waits for a name server that hangs.
    signal.setitimer(signal.ITIMER_REAL, given["seconds"] + _GRACE)
    targets = [Target(**one) for one in given["targets"]]
    asyncio.run(Prober(targets, File(given["path"], given["owner"], time.monotonic() + given["seconds"])).run())
