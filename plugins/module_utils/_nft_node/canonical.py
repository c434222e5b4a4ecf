"""What is to be done, by comparing what is there with what the declaration becomes: as listed, or where that cannot be had, as bytecode."""

from __future__ import annotations

import contextlib
import typing as t

from .._nft.bytecode import parse
from .._nft.compare import Difference, PlanItem, compare
from .._nft.declaration import Declaration, DeclaredTable
from .._nft.listing import parse_table
from .._nft.messages import explain
from .._nft.model import Table
from .._nft.replace import replacement
from .._nft.stamp import fingerprint, listed, stamp_of
from .._nft.work import CREATE, NONE, REPLACE, STAMP, Work, present
from .._node.programs import Ran
from .._node.stamp import Stamp
from .runner import Nft
from .scratch import CANARY, NoScratch, Scratch

Name = tuple[str, str]


class Canonical:
    def __init__(self, declaration: Declaration, nft: Nft, run_command: t.Callable[..., t.Any]) -> None:
        self._declaration, self._nft, self._run_command = declaration, nft, run_command
        # Asked once: what is declared does not change.
        self._wanted: dict[Name, Table] = {}
        self._has_scratch = True

    def learn(self, tables: t.Iterable[DeclaredTable]) -> t.Mapping[Name, Table]:
        """How these tables are listed; none where that cannot be known. DataplaneError when nft or the kernel does not take the declaration."""
        with self.learning(tables):
            return self._wanted

    @contextlib.contextmanager
    def learning(self, tables: t.Iterable[DeclaredTable]) -> t.Iterator[None]:
        """The same, while something else is done."""
        new = [name for name in _names(tables) if name not in self._wanted]
        if not self._has_scratch or not new:
            yield
            return
        self._nft.require()
        scratch = Scratch(self._nft, self._run_command, self._declaration.text, new)
        try:
            yield
        finally:
            scratch.wait()
        self._understand(scratch)

    def _understand(self, scratch: Scratch) -> None:
        declaration = self._declaration
        declared = _names(declaration.tables)
        skipped = 0
        try:
            found = scratch.listings(declared)
        except NoScratch:
            self._has_scratch = False
            before = "".join(replacement(*name, "") for name in declared)
            found = self._nft.check(before + declaration.text)
            skipped = before.count("\n")
        if isinstance(found, Ran):
            if found.status != 0:
                raise explain(found.err, declaration, skipped)
        else:
            self._wanted.update((name, parse_table(text)) for name, text in found.items())

    def works(self, tables: t.Sequence[DeclaredTable], lives: t.Mapping[Name, Table | None]) -> dict[Name, Work]:
        self.learn(tables)
        found = {}
        for table in tables:
            name = table.family, table.name
            wanted = self._wanted.get(name)
            found[name] = present(table, lives[name], wanted, self._nft.version) if wanted else self._coded(table, lives[name])
        return found

    def holds(self, work: Work, live: Table) -> bool:
        """Whether a table is what the work was to make of it."""
        return compare(live, work.wanted).equal if work.wanted else self._is_coded(work.declared, live)

    def stamp_for(self, work: Work, live: Table) -> Stamp | None:
        """The stamp that a table gets after it was made, because only then it is known how it is listed; else null."""
        return None if work.wanted else Stamp(work.declared.digest, listed(live), self._nft.version)

    def _coded(self, table: DeclaredTable, live: Table | None) -> Work:
        new = Stamp(table.digest, None, self._nft.version)
        path = f"{table.family} {table.name} table"
        if live is None:
            return Work(table, None, CREATE, new, difference=Difference((PlanItem(path, None, "as declared"),)))
        old = stamp_of(live)
        is_same = old is not None and old.declared == table.digest and self._is_coded(table, live)
        if not is_same or (old and old.nft == new.nft and old.listed not in (None, fingerprint(live))):
            return Work(table, live, REPLACE, new, difference=Difference((PlanItem(path, "as listed", "as declared"),)))
        stamp = Stamp(table.digest, listed(live), self._nft.version)
        return Work(table, live, NONE if old == stamp else STAMP, stamp, live, compare(live, live))

    def _is_coded(self, table: DeclaredTable, live: Table) -> bool:
        """Asked for another table, so that nft does not tell of what is there."""
        family, probe = table.family, CANARY[1]
        text = f"{table.preamble}table {family} {probe} {table.text[table.text.index('{') :]}"
        declared = self._nft.bytecode_of(text)
        there = self._nft.bytecode("list", "table", family, table.name)
        learned = {item.name for item in live.sets if item.learned or item.timed}
        return parse(declared, family, probe).same(parse(there, family, table.name), learned)


def _names(tables: t.Iterable[DeclaredTable]) -> list[Name]:
    return [(table.family, table.name) for table in tables]
