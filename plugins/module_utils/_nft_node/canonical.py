"""What a declaration becomes: as listed, or where that cannot be had, as bytecode."""

from __future__ import annotations

import contextlib
import typing as t

from .._nft.bytecode import parse
from .._nft.declaration import Declaration, DeclaredTable
from .._nft.listing import parse_table
from .._nft.messages import explain
from .._nft.model import Name, Table
from .._nft.replace import replacement
from .._node.programs import Ran
from .runner import Nft
from .scratch import CANARY, NoScratch, Scratch


class Canonical:
    def __init__(self, declaration: Declaration, nft: Nft, run_command: t.Callable[..., t.Any]) -> None:
        self._declaration, self._nft, self._run_command = declaration, nft, run_command
        # Asked once: what is declared does not change.
        self._wanted: dict[Name, Table] = {}
        self._has_scratch = True

    def form(self, declared: DeclaredTable) -> Table | None:
        """How a table is listed that was learned; None where that cannot be known."""
        return self._wanted.get((declared.family, declared.name))

    @contextlib.contextmanager
    def learning(self, tables: t.Iterable[DeclaredTable]) -> t.Iterator[None]:
        """Find out how these are listed, while something else is done. DataplaneError when nft or the kernel does not take the declaration."""
        new = [(table.family, table.name) for table in tables if self.form(table) is None]
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
        declared = list(declaration.named)
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

    def is_coded(self, table: DeclaredTable, live: Table) -> bool:
        """Whether a table that is there has the bytecode of the declaration, which is asked for another table, so that nft does not tell of what is there."""
        family, probe = table.family, CANARY[1]
        text = f"{table.preamble}table {family} {probe} {table.text[table.text.index('{') :]}"
        declared = self._nft.bytecode_of(text)
        there = self._nft.bytecode("list", "table", family, table.name)
        learned = {item.name for item in live.sets if item.learned or item.timed}
        return parse(declared, family, probe).same(parse(there, family, table.name), learned)
