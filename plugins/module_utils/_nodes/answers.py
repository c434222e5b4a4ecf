"""What a program in a container of a node answered, and how much a node may answer."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._observe.kubernetes import Execution

# Of all that is read from one node, whatever it holds.
NODE_BYTES = 280_000
# The names of chains come first: a node in mode iptables has three for each Service.
NAMES_BYTES = 120_000
# One table, or the rules of one chain.
PART_BYTES = 60_000

# A shell counts from 128 on for a program that a signal ended.
_SIGNAL = 128
_EXIT = re.compile(r"exit (?:code|status):? (\d+)")
_ABSENT = re.compile(r"executable file .*not found|no such file or directory", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Answer:
    """status: of the program's end; none where it could not be started. reason: why it failed, in its words or those of the container runtime.

    cut: there was more than was to be read.
    """

    out: str
    err: str = ""
    status: int | None = 0
    reason: str = ""
    cut: bool = False

    @property
    def worked(self) -> bool:
        return self.cut or self.status == 0

    @property
    def crashed(self) -> bool:
        """Whether a signal ended it."""
        return self.status is not None and self.status > _SIGNAL


# A command and its words, and how many bytes of its output are read at most.
Ask = t.Callable[[t.Sequence[str], int], Answer]


class NotReached(Exception):
    """Nothing can be asked on the node (any more); the text says why."""


def read_execution(execution: Execution) -> Answer:
    """What became of a command in a container."""
    if execution.cut or not execution.error:
        return Answer(execution.output, execution.errors, cut=execution.cut)
    ends = _EXIT.findall(execution.error)
    if not ends:
        return not_started(execution.error)
    status = int(ends[-1])
    said = execution.errors.strip().splitlines()
    ended = f"it was ended by signal {status - _SIGNAL}" if status > _SIGNAL else f"exit status {status}"
    return Answer(execution.output, execution.errors, status, ended if status > _SIGNAL or not said else said[-1].strip())


def not_started(why: str) -> Answer:
    """Of a command that could not be run; why: in the words of Kubernetes."""
    return Answer("", status=None, reason="there is no such program in the container" if _ABSENT.search(why) else why.rstrip("."))


class Budget:
    """Asks for no more than a node may answer."""

    def __init__(self, ask: Ask, size: int = NODE_BYTES) -> None:
        self._ask = ask
        self.left = size

    def __call__(self, command: t.Sequence[str], at_most: int) -> Answer:
        if self.left <= 0:
            return Answer("", status=None, reason=f"more than {NODE_BYTES // 1000} kB would have to be read")
        answer = self._ask(command, min(at_most, self.left))
        self.left -= len(answer.out.encode()) + len(answer.err.encode())
        return answer
