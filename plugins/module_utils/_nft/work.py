"""What is to be done to one table, and the nft text that does it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._node.stamp import CHAIN, Stamp
from .compare import Difference, compare
from .declaration import DeclaredTable
from .delta import commands
from .model import RuleTexts, Table
from .replace import creation, replacement, snapshot, with_state
from .stamp import fingerprint, listed, stamp_of

NONE, STAMP, CREATE, DELTA, REPLACE, DELETE = "none", "stamp", "create", "delta", "replace", "delete"


@dataclasses.dataclass(frozen=True)
class Work:
    """declared: as declared. live: as listed now, null when it is not there. wanted: as it shall be listed; null when it shall not be there, when that
    was not asked for, because the stamp says enough, and when it cannot be known. stamp: what it shall carry. method: what is done.
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
            name in self.wanted.chain_named and name not in self.difference.kept for name in self.live.chain_named if name != CHAIN
        )

    def replaced(self) -> Work:
        return dataclasses.replace(self, method=REPLACE) if self.method == DELTA else self

    def text(self, state: Table | None) -> str:
        """Part of a transaction, without the definitions that the rules need. state: the live table listed with state, where that matters."""
        if self.method == CREATE:
            return creation(*self.name, self._block(None))
        if self.method == DELETE:
            return "\n".join([*self._lock(), "delete table {} {}\n".format(*self.name)])
        if self.method in (STAMP, DELTA):
            live = self._must(self.live)
            return "\n".join([*commands(live, self._must(self.wanted), self.difference, self._texts, self._must(self.stamp), state), ""])
        return "\n".join([*self._lock(), self.restated(state)])

    def restated(self, state: Table | None) -> str:
        """The wanted table in place of whatever is there."""
        return replacement(*self.name, self._block(state))

    def undone(self, state: Table | None) -> str:
        """The table as before, with what the one that is there now (listed with state) has counted and learned."""
        before = self.live
        stamp = stamp_of(before) if before else None
        if before is None or stamp is None:
            return snapshot(before, *self.name)
        return replacement(*self.name, with_state(before, state, _listed_texts(before), stamp))

    def _block(self, state: Table | None) -> str:
        stamp = self._must(self.stamp)
        return with_state(self.wanted, state, self._texts, stamp) if self.wanted else verbatim(self.declared, stamp)

    def _lock(self) -> list[str]:
        """Needs the stamp that was seen, so that it fails when somebody else was faster."""
        seen = self.live.chain_named.get(CHAIN) if self.live else None
        return [f"delete chain {self._must(self.live).path} handle {seen.handle}"] if seen else []

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


def verbatim(table: DeclaredTable, stamp: Stamp) -> str:
    """The table as it was declared, stamped."""
    name = f"{table.family} {table.name}"
    return f"{table.text}\ntable {name} {{\n\tchain {CHAIN} {{\n\t\t{stamp.header}\n\t}}\n}}\n"


def _listed_texts(table: Table) -> RuleTexts:
    return lambda chain, index: table.chain_named[chain].rules[index].text


def absent(declared: DeclaredTable, live: Table | None) -> Work:
    difference = compare(live, None)
    return Work(declared, live, NONE if live is None else DELETE, difference=difference)


def unchanged(declared: DeclaredTable, live: Table) -> Work | None:
    """What the stamp says by itself: that nothing is to be done; null when it cannot say so.

    Another version of nft may have written it: what is listed the same is the same.
    """
    stamp = stamp_of(live)
    if stamp is None or stamp.listed is None or stamp.declared != declared.digest or stamp.listed != fingerprint(live):
        return None
    return Work(declared, live, stamp=stamp)


def present(declared: DeclaredTable, live: Table | None, wanted: Table, version: str) -> Work:
    stamp = Stamp(declared.digest, listed(wanted), version)
    difference = compare(live, wanted)
    if live is None:
        method = CREATE
    elif difference.equal:
        method = NONE if stamp_of(live) == stamp else STAMP
    else:
        method = REPLACE if difference.replace_reason else DELTA
    return Work(declared, live, method, stamp, wanted, difference)
