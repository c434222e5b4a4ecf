"""What the pods of a ruleset have printed, and what that says of each node. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen, count_at, objects_at, text_at
from .._common.json_text import read_json_or_none
from .._keeper.keeper_words import AS_DECLARED, NOT_YET, REFUSED, STATES, UNDONE
from .live import LivePod
from .selection import SeenNode

NOT_READY, UNKNOWN = "not ready", "unknown"
# The whole state is in each line.
LINE_BYTES = 65_536
# A line with this code says that there will never be another one.
TOO_OLD = "PythonTooOld"


@dataclasses.dataclass(frozen=True)
class Line:
    """The last line of a pod. tables: C(family), C(name) and C(state) of each. message: empty when nothing is wrong."""

    state: str
    digest: str = ""
    repairs: int = 0
    tables: tuple[tuple[str, str, str], ...] = ()
    code: str = ""
    message: str = ""

    @property
    def is_final(self) -> bool:
        """Whether the node refuses, or has rolled back."""
        return self.state in (UNDONE, REFUSED) or self.code == TOO_OLD

    def packed(self) -> list[t.Any]:
        """Plain JSON, for C(unpacked)."""
        return [self.state, self.digest, self.repairs, [list(table) for table in self.tables], self.code, self.message]


def unpacked(item: t.Sequence[t.Any]) -> Line:
    """The reverse of C(Line.packed)."""
    state, digest, repairs, tables, code, message = item
    return Line(state, digest, repairs, tuple((family, name, of) for family, name, of in tables), code, message)


def read_line(text: str) -> Line | None:
    """The last whole line; null while there is none that can be understood."""
    lines = [line for line in text.splitlines() if line.strip()]
    value = read_json_or_none(lines[-1]) if lines else None
    try:
        state = text_at(value, "state")
        tables = tuple((text_at(one, "family"), text_at(one, "name"), text_at(one, "state")) for one in objects_at(value, "tables"))
        line = Line(
            state, text_at(value, "digest"), count_at(value, "repairs"), tables, text_at(value, "code"), foreign(text_at(value, "message"))
        )
    except Misshapen:
        return None
    return line if state in STATES else None


@dataclasses.dataclass(frozen=True)
class Standing:
    """How a node stands. state: of its line, C(NOT_READY) or C(UNKNOWN)."""

    name: str
    state: str
    line: Line = dataclasses.field(default_factory=lambda: Line(NOT_YET))
    message: str = ""

    def to_dict(self) -> dict[str, t.Any]:
        """As an item of C(nodes)."""
        return {
            "name": self.name,
            "state": self.state,
            "digest": self.line.digest,
            "repairs": self.line.repairs,
            "tables": [{"family": family, "name": name, "state": state} for family, name, state in self.line.tables],
            "message": self.message or self.line.message,
        }


def stand(node: SeenNode, pod: LivePod | None, line: Line | None, trouble: str = "") -> Standing:
    """pod: the one that counts. line: the last one of the pod. trouble: why it could not be read, or why there is no pod."""
    if not node.ready:
        return Standing(node.name, NOT_READY, line or Line(NOT_YET), "the node is not ready")
    if pod is None:
        return Standing(node.name, NOT_YET, message=trouble or "no pod was made on it yet")
    if line is not None:
        return Standing(node.name, line.state, line)
    if pod.hopeless:
        return Standing(node.name, REFUSED, Line(REFUSED, message=pod.trouble))
    if trouble:
        return Standing(node.name, UNKNOWN, message=trouble)
    return Standing(node.name, NOT_YET, message=pod.trouble or "its pod has not printed its state yet")


def is_as_wanted(standing: Standing, state: str, digest: str) -> bool:
    """Whether a node is as wanted. digest: of the order, which counts where tables are to be as declared."""
    return standing.state == state and (state != AS_DECLARED or standing.line.digest == digest)
