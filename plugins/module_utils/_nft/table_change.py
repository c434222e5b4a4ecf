"""What is to be done to one table, and the nft text that does it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.stamp import STAMP_CHAIN, Stamp
from .compare import Difference, compare
from .declared import DeclaredTable
from .delta import delta_commands
from .table_model import RuleTexts, Table
from .table_text import creation_text, replacement_text, snapshot_text, text_with_state

NONE, STAMP, CREATE, DELTA, REPLACE, DELETE = "none", "stamp", "create", "delta", "replace", "delete"


@dataclasses.dataclass(frozen=True)
class TableChange:
    """live: as listed now, null when it is not there. wanted: as it shall be listed; null when it shall not be there, when the stamp says enough, and
    when it cannot be known. stamp: what it shall carry. method: what is done.
    """

    declared: DeclaredTable
    live: Table | None
    method: str = NONE
    stamp: Stamp | None = None
    wanted: Table | None = None
    difference: Difference = dataclasses.field(default_factory=Difference)

    @property
    def name(self) -> tuple[str, str]:
        return self.declared.family, self.declared.name

    @property
    def makes_anew(self) -> bool:
        """Whether something of the table goes that has counted or learned, and then comes back."""
        if self.live is None or self.wanted is None or self.method not in (DELTA, REPLACE):
            return False
        return self.method == REPLACE or any(
            name in self.wanted.chain_named and name not in self.difference.kept for name in self.live.chain_named if name != STAMP_CHAIN
        )

    @property
    def is_simple(self) -> bool:
        """Whether it only takes out and puts in rules, and elements of sets in which none merges with others or goes by itself."""
        if self.method not in (STAMP, DELTA) or self.wanted is None or not self.difference.same_frame:
            return False
        changed = (self.wanted.set_named[name] for name, found in self.difference.elements.items() if any(found))
        return not any(item.timed or item.learned or "interval" in item.flags for item in changed)

    def as_replacement(self) -> TableChange:
        """The same without a delta."""
        return dataclasses.replace(self, method=REPLACE) if self.method == DELTA else self

    def text(self, state: Table | None) -> str:
        """Part of a transaction, without definitions. state: the live table listed with state, where that matters."""
        if self.method == CREATE:
            return creation_text(*self.name, self._block(None))
        lock = self.live.stamp_lock() if self.live else []
        if self.method == DELETE:
            return "\n".join([*lock, "delete table {} {}\n".format(*self.name)])
        if self.method in (STAMP, DELTA):
            live = self._must(self.live)
            return "\n".join(
                [*delta_commands(live, self._must(self.wanted), self.difference, self._texts, self._must(self.stamp), state), ""]
            )
        return "\n".join([*lock, self.replacement_text(state)])

    def replacement_text(self, state: Table | None) -> str:
        """The wanted table in place of whatever is there."""
        return replacement_text(*self.name, self._block(state))

    def undo_text(self, state: Table | None) -> str:
        """The table as before. state: the one that is there now, listed with state."""
        before = self.live
        stamp = before.stamp if before else None
        if before is None or stamp is None:
            return snapshot_text(before, *self.name)
        return replacement_text(*self.name, text_with_state(before, state, _listed_texts(before), stamp))

    def _block(self, state: Table | None) -> str:
        stamp = self._must(self.stamp)
        return text_with_state(self.wanted, state, self._texts, stamp) if self.wanted else stamped_text(self.declared, stamp)

    @property
    def _texts(self) -> RuleTexts:
        wanted = self._must(self.wanted)
        declared = self.declared.chains

        def text(chain: str, index: int) -> str:
            rules = declared.get(chain, ())
            # One declared rule is one listed rule; should that once not be so, what was listed is the better guess.
            return rules[index] if len(rules) == len(wanted.chain_named[chain].rules) else wanted.chain_named[chain].rules[index].text

        return text

    def _must(self, value: _Value | None) -> _Value:
        if value is None:
            raise ValueError(f"table {' '.join(self.name)} is to be changed by {self.method}, but not enough is known of it")
        return value


_Value = t.TypeVar("_Value")


def stamped_text(table: DeclaredTable, stamp: Stamp) -> str:
    """The table as it was declared, stamped."""
    name = f"{table.family} {table.name}"
    return f"{table.text}\ntable {name} {{\n\tchain {STAMP_CHAIN} {{\n\t\t{stamp.header}\n\t}}\n}}\n"


def stamp_of(declared: DeclaredTable, listed: Table, version: str) -> Stamp:
    """For a table that is listed like that."""
    lasting = listed.lasting_fingerprint()
    return Stamp(declared.digest, lasting, version, None if lasting else listed.fingerprint(), declared.owner)


def _listed_texts(table: Table) -> RuleTexts:
    return lambda chain, index: table.chain_named[chain].rules[index].text


def change_to_absent(declared: DeclaredTable, live: Table | None) -> TableChange:
    """live: null when it is not there."""
    difference = compare(live, None)
    return TableChange(declared, live, NONE if live is None else DELETE, difference=difference)


def no_change_by_stamp(declared: DeclaredTable, live: Table) -> TableChange | None:
    """What the stamp says by itself: that nothing is to be done; null when it cannot say so.

    Another version of nft may have written it: what is listed the same is the same.
    """
    stamp = live.stamp
    if (
        stamp is None
        or not stamp.listed
        or (stamp.declared, stamp.owner) != (declared.digest, declared.owner)
        or stamp.listed != live.fingerprint()
    ):
        return None
    return TableChange(declared, live, stamp=stamp)


def change_to_present(declared: DeclaredTable, live: Table | None, wanted: Table, version: str) -> TableChange:
    """live: null when it is not there. wanted: as it shall be listed. version: of nft."""
    stamp = stamp_of(declared, wanted, version)
    difference = compare(live, wanted)
    if live is None:
        method = CREATE
    elif difference.equal:
        method = NONE if live.stamp == stamp else STAMP
    else:
        method = REPLACE if difference.replace_reason else DELTA
    return TableChange(declared, live, method, stamp, wanted, difference)
