"""The program of a prober pod: the same tries, printed. The run reads its log, and removes the pod. Standard library only, Python 3.9."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import time
import typing as t

from .._interruption.target import OWN_NODE, Target
from .packed import beat, pack
from .probing import Prober

TARGETS = "/prog/targets.json"
NODE_ADDRESS = "NODE_ADDRESS"
# Seconds between two lines in the log: what is lost with a pod that dies.
_LINE = 1.0


class Log:
    """until: when the time is up, on the clock of the machine."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._kept: list[str] = []

    def write(self, text: str) -> None:
        self._kept.append(text)

    def flush(self) -> None:
        kept, self._kept = self._kept, []
        line = pack("".join(kept) + beat(time.monotonic()))
        os.write(1, f"{line}\n".encode())

    async def wait(self) -> bool:
        while time.monotonic() < self._until:
            await asyncio.sleep(_LINE)
            self.flush()
        return False


def main(words: t.Sequence[str]) -> None:
    """words: the seconds after which it ends whatever happens."""
    until = time.monotonic() + float(words[0])
    with open(TARGETS, encoding="utf-8") as file:
        targets = [_here(Target(**one)) for one in json.load(file)]
    asyncio.run(Prober(targets, Log(until)).run())


def _here(target: Target) -> Target:
    return dataclasses.replace(target, host=os.environ[NODE_ADDRESS]) if target.host == OWN_NODE else target
