"""The node that the process runs on, for the engine: its kernel through nft and netlink, its files and its systemd."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from .._nft.bytecode import parse_bytecode
from .._nft.declared import Declaration, DeclaredTable
from .._nft.failures import HOST_ROUTING, not_taken
from .._nft.listing import parse_table
from .._nft.table_model import Name, Table
from .._nft.table_text import replacement_text
from .._node.fragile_sets import FragileSet
from .._node.kube_proxy_nft import kube_proxy_nft
from .._node.program_result import Ran
from .._node.programs import RunCommand
from .controller_code import controller_code
from .kernel_picture import Frame, live_table, picture
from .packet_filter import PacketFilter
from .persistence import Persistence, replace_file
from .scratch_namespace import CANARY, NoScratchNamespace, ScratchNamespace

_BACKUPS = "/etc/aks-dataplane/backups"


class LocalNode(PacketFilter):
    """In the network namespace that the process is in. What each answer means is said in engine.Node."""

    def __init__(self, declaration: Declaration, run_command: RunCommand) -> None:
        """DataplaneError when there is no nft."""
        super().__init__()
        self._declaration, self._run_command = declaration, run_command
        # Asked once: what is declared does not change.
        self._expected: dict[Name, Table] = {}
        self._frames: dict[Name, Frame] = {}
        self._has_scratch = True
        # Of the whole declaration, once it was tried out.
        self._fragile: list[FragileSet] | None = None

    def has_host_routing(self) -> bool:
        return os.path.isdir(HOST_ROUTING)

    @contextlib.contextmanager
    def try_out(self, tables: t.Iterable[DeclaredTable], alike: t.Container[Name] = ()) -> t.Iterator[set[Name]]:
        new = {(table.family, table.name): table for table in tables if self.expected_listing(table) is None}
        same: set[Name] = set()
        if not self._has_scratch or not new:
            yield same
            return
        self.require()
        before = self.generation()
        pictured = [name for name, table in new.items() if table.plain or name in alike]
        scratch = ScratchNamespace(self, self._run_command, self._declaration.frame, new, pictured)
        if any(table.plain for table in new.values()):
            # How they are listed says what has to be read of the live ones.
            scratch.wait()
            self._understand(scratch)
            yield same
            return
        known: dict[Name, str] = {}
        try:
            known = {name: found for name in pictured if (found := picture(*name))}
            yield same
        finally:
            scratch.wait(known.values() if self.generation() == before else ())
        self._understand(scratch)
        # Without a scratch namespace there are no pictures of the declaration.
        same.update(name for name in known if known[name] == scratch.pictures.get(name) and name not in self._expected)

    def _understand(self, scratch: ScratchNamespace) -> None:
        declared = self._declaration.named
        skipped = 0
        try:
            found = scratch.listings(declared)
        except NoScratchNamespace:
            self._has_scratch = False
            before = "".join(replacement_text(*name, "") for name in declared)
            found = self.check(before + self._declaration.text)
            skipped = before.count("\n")
        if isinstance(found, Ran):
            self.refuse_crash(found)
            if found.status != 0:
                explainer = controller_code("_nft.nft_errors")
                raise explainer.explain_refusal(found.err, self._declaration, skipped) if explainer else not_taken(found.err, skipped)
            return
        self._fragile = scratch.fragile
        for name, text in found.items():
            if text:
                self._expect(declared[name], parse_table(text), scratch.pictures.get(name))

    def _expect(self, declared: DeclaredTable, frame: Table, its_picture: str | None) -> None:
        """frame: as listed without the elements of plain sets."""
        plain = {name: self._declaration.elements(declared, name) for name in declared.plain}
        self._expected[declared.family, declared.name] = frame.with_elements(plain)
        # A rule could make it another set, with more than elements.
        if plain and all(len(frame.set_named[name].header) == 1 for name in plain):
            self._frames[declared.family, declared.name] = Frame(frame, tuple(plain), its_picture)

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        frame = None if state else self._frames.get((family, name))
        return (frame and self._framed(frame)) or super().table(family, name, state)

    def _framed(self, frame: Frame) -> Table | None:
        """The live table, if it differs from the declared one in nothing but elements of plain sets."""
        before = self.generation()
        with contextlib.suppress(OSError):
            found = live_table(frame)
            return found if self.generation() == before else None
        return None

    def expected_listing(self, declared: DeclaredTable) -> Table | None:
        return self._expected.get((declared.family, declared.name))

    @property
    def can_try_out(self) -> bool:
        return self._has_scratch

    def fragile(self) -> list[FragileSet]:
        if self._fragile is not None:
            return self._fragile
        # What was not tried out is there already.
        return [item for name in self._declaration.named for item in self.fragile_sets(*name)]

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        return kube_proxy_nft()

    def has_same_bytecode(self, declared: DeclaredTable, live: Table) -> bool:
        # The declaration's is asked for another table, so that nft does not report existing tables.
        family, probe = declared.family, CANARY[1]
        text = f"{declared.preamble}table {family} {probe} {declared.text[declared.text.index('{') :]}"
        wanted = parse_bytecode(self.bytecode_of(text), family, probe)
        there = parse_bytecode(self.bytecode("list", "table", family, declared.name), family, declared.name)
        return wanted.equals(there, {item.name for item in live.sets if item.learned or item.timed})

    def write_backup(self, text: str) -> str:
        path = f"{_BACKUPS}/{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}-{time.monotonic_ns() % 10**9:09d}.nft"
        with replace_file(path, text, 0o600):
            pass
        return path

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        persistence = Persistence(self, self._run_command, files)
        return persistence.pending() if dry else persistence.save(), persistence.systemd
