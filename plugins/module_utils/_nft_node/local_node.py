"""The node that the process runs on, for the engine: its kernel through nft and netlink, its files and its systemd."""

from __future__ import annotations

import contextlib
import os
import time
import typing as t

from .._nft.bytecode import parse_bytecode
from .._nft.declared import Declaration, DeclaredTable, Previous, note_of, previous
from .._nft.failures import HOST_ROUTING, not_taken
from .._nft.listing import parse_table
from .._nft.table_model import Name, Table
from .._nft.table_text import replacement_text
from .._node.fragile_sets import FragileSet
from .._node.kube_proxy_nft import kube_proxy_nft
from .._node.program_result import Ran
from .._node.programs import RunCommand
from .._node.stamp import Stamp
from .controller_code import controller_code
from .kernel_picture import Frame, live_table
from .lock import RUN, network_namespace
from .packet_filter import PacketFilter
from .persistence import Persistence, replace_file
from .scratch_namespace import CANARY, NoScratchNamespace, ScratchNamespace

_BACKUPS = "/etc/aks-dataplane/backups"


class LocalNode(PacketFilter):
    """In the network namespace that the process is in. What each answer means is said in _nft.port.Node."""

    def __init__(self, declaration: Declaration, run_command: RunCommand) -> None:
        """DataplaneError when there is no nft."""
        super().__init__()
        self._declaration, self._run_command = declaration, run_command
        # Asked once: what is declared does not change.
        self._expected: dict[Name, Table] = {}
        self._frames: dict[Name, Frame] = {}
        # Of the tables of which only new rules were tried out. Their live listings, too.
        self._known: dict[Name, Previous] = {}
        self._lives: dict[Name, Table] = {}
        self._leaves_out = True
        self._has_scratch = True
        # Of the whole declaration, once it was tried out.
        self._fragile: list[FragileSet] | None = None

    def has_host_routing(self) -> bool:
        return os.path.isdir(HOST_ROUTING)

    @contextlib.contextmanager
    def try_out(self, tables: t.Iterable[DeclaredTable], stamps: t.Mapping[Name, Stamp] | None = None) -> t.Iterator[None]:
        new = {(table.family, table.name): table for table in tables if self.expected_listing(table) is None}
        if not self._has_scratch or not new:
            yield
            return
        self.require()
        pictured = [name for name, table in new.items() if table.plain]
        text = self._declaration.without(() if pictured else self._left_out(new, stamps or {}))
        scratch = ScratchNamespace(self, self._run_command, text, new, pictured)
        if pictured:
            # How they are listed says what has to be read of the live ones.
            scratch.wait()
            self._understand(scratch)
            yield
            return
        try:
            yield
        finally:
            scratch.wait()
        self._understand(scratch)

    def _left_out(self, new: t.Mapping[Name, DeclaredTable], stamps: t.Mapping[Name, Stamp]) -> t.Iterator[tuple[int, int]]:
        """Where the declaration has rules of which it is known how they are listed."""
        for name in new.keys() & stamps.keys() if self._leaves_out else ():
            table, stamp = new[name], stamps[name]
            known = previous(table, stamp, _note(*name)) if stamp.nft == self.version else None
            if known:
                self._known[name] = known
                yield from known.places(table)

    def forget(self) -> bool:
        self._leaves_out = False
        if not self._known:
            return False
        self._known.clear()
        self._expected.clear()
        return True

    def remember(self, tables: t.Iterable[DeclaredTable], there: bool) -> None:
        for table in tables:
            path, note = _note_path(table.family, table.name), note_of(table) if there else ""
            # Without it, the next change only takes longer.
            with contextlib.suppress(OSError), replace_file(path, note, 0o600) if note else contextlib.nullcontext():
                if not note:
                    os.unlink(path)

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
            listed: Table | None = parse_table(text)
            if listed and name in self._known:
                listed = self._known[name].whole_listing(listed, self._lives.get(name), declared[name])
            if listed:
                self._expect(declared[name], listed, scratch.pictures.get(name))
            else:
                del self._known[name]

    def _expect(self, declared: DeclaredTable, frame: Table, its_picture: str | None) -> None:
        """frame: as listed without the elements of plain sets."""
        plain = {name: self._declaration.elements(declared, name) for name in declared.plain}
        self._expected[declared.family, declared.name] = frame.with_elements(plain)
        # A rule could make it another set, with more than elements.
        if plain and all(len(frame.set_named[name].header) == 1 for name in plain):
            self._frames[declared.family, declared.name] = Frame(frame, tuple(plain), its_picture)

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        frame = None if state else self._frames.get((family, name))
        found = (frame and self._framed(frame)) or super().table(family, name, state)
        if found and (family, name) in self._known:
            self._lives[family, name] = found
        return found

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
        if self.forget():
            with self.try_out(self._declaration.tables):
                pass
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


def _note(family: str, name: str) -> str:
    with contextlib.suppress(OSError), open(_note_path(family, name), encoding="ascii", errors="replace") as file:
        return file.read()
    return ""


def _note_path(family: str, name: str) -> str:
    """Of what is remembered of a declared table, until the next boot."""
    return f"{RUN}/declared.{network_namespace()}.{family}.{name}"
