"""What the preflight rules return: results of checks, and the findings that an operator reads."""

from __future__ import annotations

import dataclasses
import typing as t

Severity = t.Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Profile = t.Literal["preview", "current"]
PROFILES: tuple[Profile, ...] = ("preview", "current")


@dataclasses.dataclass(frozen=True)
class Hit:
    """One subject that a rule's condition holds for; what is left out here is taken from the rule.

    relaxed: the severity under the profile V(current), V(none) where that profile has no such limit.
    """

    subject: str
    message: str
    remedy: str = ""
    severity: Severity | None = None
    relaxed: Severity | t.Literal["none"] | None = None


@dataclasses.dataclass(frozen=True)
class NotChecked:
    """A rule could not be applied, and why."""

    reason: str


# What a check yields; nothing when the rule's condition does not hold.
Results = t.Iterable[Hit | NotChecked]


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that a check found, with everything that an operator needs to judge it.

    profile_note: why another profile would judge otherwise; empty when it would not.
    ignored: the operator named the rule in C(ignore); original_severity is what it was before, and None otherwise.
    """

    id: str
    severity: Severity
    title: str
    subject: str
    message: str
    remedy: str
    reference: str
    profile_note: str = ""
    not_checked: bool = False
    ignored: bool = False
    original_severity: Severity | None = None

    def to_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)
