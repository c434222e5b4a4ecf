"""What a run found of the tables of a node, and did about it, for people. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

AS_DECLARED, MADE, CHANGED, REPAIRED = "as_declared", "made", "changed", "repaired"
REMOVED, ABSENT, UNDECLARED = "removed", "absent", "undeclared"
# What was done, and in check mode would be.
_TEXTS = {
    AS_DECLARED: ("is as declared", "is as declared"),
    MADE: ("was made", "would be made"),
    CHANGED: ("was changed to the declaration", "would be changed to the declaration"),
    REPAIRED: ("had drifted, and is as declared again", "has drifted, and would be as declared again"),
    REMOVED: ("was removed", "would be removed"),
    ABSENT: ("does not exist, as declared", "does not exist, as declared"),
    UNDECLARED: ("is of an earlier declaration", "is of an earlier declaration"),
}


@dataclasses.dataclass(frozen=True)
class Finding:
    """verdict: one of the constants. changes: number of rules, elements and other things that differed."""

    family: str
    name: str
    verdict: str
    changes: int = 0
    drift: bool = False

    def text(self, dry: bool) -> str:
        """A sentence. dry: of what would be done."""
        said = _TEXTS[self.verdict][dry]
        number = f" ({self.changes} difference{'s' * (self.changes > 1)})" if self.changes and self.verdict in (CHANGED, REPAIRED) else ""
        drift = ", and has drifted since" if self.verdict == UNDECLARED and self.drift else ""
        return f"{self.family} {self.name} {said}{number}{drift}"


def findings(result: t.Mapping[str, t.Any], before: t.Iterable[t.Mapping[str, t.Any]], present: bool) -> list[Finding]:
    """result: of the module. before: C(tables) of what its info module returned before it. present: whether the tables were to be there."""
    known = {(table["family"], table["name"]): table for table in before}
    done = {(table["family"], table["name"]): table["method"] for table in result["tables"]}
    found = [_finding(name, method, known.get(name, {}), result["plan"], present) for name, method in done.items()]
    return found + [Finding(*name, UNDECLARED, drift=bool(known[name]["drift"])) for name in known if name not in done]


def _finding(
    name: tuple[str, str], method: str, before: t.Mapping[str, t.Any], plan: t.Iterable[t.Mapping[str, t.Any]], present: bool
) -> Finding:
    path = "{} {} ".format(*name)
    changes = sum(item.get("more", 1) for item in plan if item["path"].startswith(path))
    # Somebody may have removed the whole of it: then there is a file of it.
    drift = bool(before.get("drift")) or (method == "create" and bool(before))
    if not present:
        verdict = ABSENT if method == "none" else REMOVED
    elif method in ("none", "stamp"):
        verdict, changes, drift = AS_DECLARED, 0, False
    elif drift:
        verdict = REPAIRED
    else:
        verdict = MADE if method == "create" else CHANGED
    return Finding(*name, verdict, changes, drift)
