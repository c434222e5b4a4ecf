"""Variables of a host that look like those of the collection and are none: Ansible itself ignores them in silence."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._common.errors import DataplaneError
from .._common.spelling import nearest
from .._dataplane.registry import data_planes
from .known_variables import KNOWN

PREFIX = "aks_dataplane_"
# Holds the names of the custom variables of users.
ALLOWED = "aks_dataplane_known_variables"
# Of the prefix, which may have typos, too. A letter stands between them, so that one swap damages one of them, and two typos leave a piece whole.
_PIECES = ("aks", "dat", "lane")


@dataclasses.dataclass(frozen=True)
class Judgement:
    """misspelt: names to refuse, each with the one that is meant. unknown: names to warn of. Both sorted."""

    misspelt: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def refusal(self) -> str:
        """Why the run must not begin, or nothing."""
        if not self.misspelt:
            return ""
        named = " ".join(f"{name} is not a variable of aks.dataplane: did you mean {meant}?" for name, meant in self.misspelt)
        return f"{named} Correct the name, or add it to {ALLOWED} if it is a custom variable."

    def check(self) -> None:
        """DataplaneError for the refusal, when there is one."""
        if self.refusal:
            raise DataplaneError(self.refusal, code="MisspeltVariable")

    @property
    def warnings(self) -> list[str]:
        """One for each unknown name, without the host, so that Ansible shows it once."""
        return [
            f"{name} is not a variable of aks.dataplane and is ignored. Add it to {ALLOWED} if it is a custom variable."
            for name in self.unknown
        ]


def listed(value: t.Any) -> tuple[str, ...]:
    """Names in the value of C(ALLOWED): a list, or text with commas or spaces between them as surveys give it."""
    return tuple(filter(None, re.split(r"[,\s]+", value))) if isinstance(value, str) else tuple(map(str, value or ()))


def candidates(names: t.Iterable[t.Any]) -> set[str]:
    """Those among the names of a host's variables that have to be judged: nothing that is known, private, or of something else."""
    alike = {name for name in names if isinstance(name, str) and any(piece in name.lower() for piece in _PIECES)}
    return alike - _known()


def judge(names: t.Iterable[t.Any], allowed: t.Collection[str] = ()) -> Judgement:
    """names: of all variables of a host. allowed: names of custom variables."""
    found = candidates(names) - set(allowed)
    if not found:
        return Judgement()
    known = _known()
    meant = {name: nearest(name, known) for name in found if not name.startswith("_")}
    return Judgement(
        tuple(sorted((name, other) for name, other in meant.items() if other)),
        tuple(sorted(name for name, other in meant.items() if not other and name.startswith(PREFIX))),
    )


def _known() -> set[str]:
    """Also of data planes that others have registered."""
    return {*KNOWN, *(name for one in data_planes() for name in (one.variable, *one.further_variables))}
