"""Whose the objects of an earlier run are: those of one that goes on are left alone. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import typing as t

from .._common.json_parts import text_at
from .._observe.kubernetes import Raw
from .run_objects import OWNER, SECONDS

# Clocks differ, and a run takes a while to clean up.
MARGIN = 300
_LONGEST = 86400


@dataclasses.dataclass(frozen=True)
class Leftover:
    """An object with our labels. path: its own. created: as Kubernetes spells it. seconds: how long its run may look."""

    path: str
    kind: str
    name: str
    owner: str
    created: str
    seconds: int
    leaving: bool

    @property
    def text(self) -> str:
        return f"{self.kind} {self.name}"


def read(raw: Raw, path: str, kind: str) -> Leftover:
    """path: of the list. Misshapen."""
    name = text_at(raw, "metadata", "name")
    seconds = text_at(raw, "metadata", "annotations", SECONDS)
    return Leftover(
        path=f"{path}/{name}",
        kind=kind,
        name=name,
        owner=text_at(raw, "metadata", "annotations", OWNER),
        created=text_at(raw, "metadata", "creationTimestamp"),
        seconds=min(int(seconds), _LONGEST) if seconds.isascii() and seconds.isdigit() else 0,
        leaving=bool(text_at(raw, "metadata", "deletionTimestamp")),
    )


def is_over(item: Leftover, now: float, is_alive: t.Callable[[str], bool | None]) -> bool:
    """Whether nobody needs it any more. now: seconds since the epoch. is_alive: of an owner; none when that cannot be known from here."""
    alive = is_alive(item.owner)
    if alive is not None:
        return not alive
    try:
        created = datetime.datetime.strptime(item.created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:
        return True
    return now > created + item.seconds + MARGIN
