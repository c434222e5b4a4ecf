"""What differs between the live table and the wanted one, both as listed by the same nft with C(-s -a)."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .common_subsequence import common_subsequence
from .kept_state import dangling
from .table_model import Chain, Set, Table, key_of, split_element


class PlanItem(t.NamedTuple):
    """path: as in C(inet ours chain input rule). before, after: text as listed, null where there is nothing."""

    path: str
    before: str | None
    after: str | None


@dataclasses.dataclass(frozen=True)
class Difference:
    """items: for people. replace_reason: why the table can only be replaced as a whole; null when a delta can say it.
    kept: of each chain on both sides, the rules that stay as they are, (index in live, index in wanted); a chain that has to be made anew keeps none.
    elements: of each set on both sides, the elements to take out (as live lists them) and to put in.
    same_frame: whether nothing differs but rules and elements.
    """

    items: tuple[PlanItem, ...] = ()
    replace_reason: str | None = None
    kept: t.Mapping[str, list[tuple[int, int]]] = dataclasses.field(default_factory=dict)
    elements: t.Mapping[str, tuple[list[str], list[str]]] = dataclasses.field(default_factory=dict)
    same_frame: bool = True

    @property
    def equal(self) -> bool:
        """Nothing differs but state, elements that come and go by themselves, and the stamp."""
        return not self.items


def compare(live: Table | None, wanted: Table | None) -> Difference:
    """null: there is no such table, or shall be none."""
    some = live or wanted
    if some is None:
        return Difference()
    none = Table(some.family, some.name)
    work = _Comparison((live or none).without_stamp(), (wanted or none).without_stamp())
    work.table(live is not None, wanted is not None)
    work.objects()
    work.sets()
    work.chains()
    reason = "; ".join(work.reasons) if live and wanted else None
    return Difference(tuple(work.items), reason or None, work.kept, work.elements, work.same_frame)


def block(lines: t.Iterable[str]) -> str:
    """Lines of a block, on one line."""
    parts = [f"{line.rstrip(';')};" for line in lines]
    return f"{{ {' '.join(parts)} }}" if parts else "{ }"


class _Comparison:
    def __init__(self, live: Table, wanted: Table) -> None:
        self.live, self.wanted = live, wanted
        self.items: list[PlanItem] = []
        self.reasons: list[str] = []
        self.same_frame = True
        self.kept: dict[str, list[tuple[int, int]]] = {}
        self.elements: dict[str, tuple[list[str], list[str]]] = {}

    def table(self, is_live: bool, is_wanted: bool) -> None:
        before = block(self.live.header) if is_live else None
        after = block(self.wanted.header) if is_wanted else None
        self._say("table", before, after, "a table's flags and comment cannot be changed in place")

    def objects(self) -> None:
        for kind, name in _names(self.live.object_named, self.wanted.object_named):
            old, new = self.live.object_named.get((kind, name)), self.wanted.object_named.get((kind, name))
            before, after = block(old.lines) if old else None, block(new.lines) if new else None
            self._say(f"{kind} {name}", before, after, f"{kind} {name} cannot be changed in place")

    def sets(self) -> None:
        for name in _names(self.live.set_named, self.wanted.set_named):
            old, new = self.live.set_named.get(name), self.wanted.set_named.get(name)
            path = f"{(new or old or Set('set', name)).kind} {name}"
            before = f"{old.kind} {block(old.header)}" if old else None
            after = f"{new.kind} {block(new.header)}" if new else None
            self._say(path, before, after, f"{path} cannot be changed in place")
            if old is None or new is None:
                removed, added = list(old.elements if old else ()), list(new.elements if new else ())
            else:
                removed, added = self.elements[name] = _elements(old, new, self.wanted)
            self._pairs(f"{path} element", removed, added)

    def chains(self) -> None:
        for name in _names(self.live.chain_named, self.wanted.chain_named):
            old, new = self.live.chain_named.get(name), self.wanted.chain_named.get(name)
            before, after = block(old.header) if old else None, block(new.header) if new else None
            # Nothing jumps to a base chain, so one can be made anew in the same transaction.
            anew = bool(old and new and old.header != new.header and old.is_base and new.is_base)
            self._say(f"chain {name}", before, after, None if anew else f"chain {name} cannot be changed in place")
            policies = old.policy if old else None, new.policy if new else None
            self._say(f"chain {name} policy", *policies)
            self._rules(old or Chain(name), new or Chain(name), bool(old and new and not anew))

    def _rules(self, old: Chain, new: Chain, keeps: bool) -> None:
        before, after = [rule.text for rule in old.rules], [rule.text for rule in new.rules]
        kept = common_subsequence(before, after)
        if keeps:
            self.kept[new.name] = kept
        left = right = 0
        for old_end, new_end in (*kept, (len(before), len(after))):
            if old_end > left or new_end > right:
                self._pairs(f"chain {new.name} rule", before[left:old_end], after[right:new_end])
                if any(" {\n" in text for text in after[right:new_end]):
                    # nft 1.0.6 crashes when one transaction has such a rule and another that is put in front of an old one.
                    self.reasons.append(f"chain {new.name} has a new rule that holds an anonymous chain")
            left, right = old_end + 1, new_end + 1

    def _say(self, path: str, before: str | None, after: str | None, reason: str | None = None) -> None:
        """One thing. reason: set when it is on both sides, but not the same."""
        if before == after:
            return
        self.same_frame = False
        self.items.append(PlanItem(f"{self.wanted.path} {path}", before, after))
        if reason and before is not None and after is not None:
            self.reasons.append(reason)

    def _pairs(self, path: str, removed: list[str], added: list[str]) -> None:
        """A replacement is reported as one change."""
        path = f"{self.wanted.path} {path}"
        self.items.extend(PlanItem(path, before, after) for before, after in itertools.zip_longest(removed, added))


_Key = t.TypeVar("_Key")


def _names(live: t.Mapping[_Key, t.Any], wanted: t.Mapping[_Key, t.Any]) -> list[_Key]:
    return [*wanted, *(name for name in live if name not in wanted)]


def _elements(live: Set, wanted: Set, table: Table) -> tuple[list[str], list[str]]:
    """Elements to take out and to put in."""
    if live.elements == wanted.elements:
        return [], []
    lost, new = live.members - wanted.members, wanted.members - live.members
    removed = [element for element in live.elements if element in lost]
    added = [element for element in wanted.elements if element in new]
    if not (wanted.timed or wanted.learned):
        return removed, added
    declared = {key_of(element): element for element in added}
    gone = []
    for element in removed:
        key = key_of(element) if declared else ""
        if key not in declared:
            if not wanted.protected(element) or dangling(element, wanted, table):
                gone.append(element)
        elif "dynamic" in wanted.flags and split_element(declared[key]).data == split_element(element).data:
            # Packets write it too: it is there, that is all that can be asked for.
            del declared[key]
        else:
            gone.append(element)
    return gone, list(declared.values())
