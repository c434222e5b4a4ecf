# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node without a kernel, for the engine: what it answers is given, and what it is asked is written down."""

from __future__ import annotations

import contextlib
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import checked
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declared import Declaration, DeclaredTable
from ansible_collections.aks.dataplane.plugins.module_utils._nft.failures import nft_crashed
from ansible_collections.aks.dataplane.plugins.module_utils._nft.table_model import Chain, Name, Rule, Table
from ansible_collections.aks.dataplane.plugins.module_utils._node.fragile_sets import FragileSet
from ansible_collections.aks.dataplane.plugins.module_utils._node.program_result import Ran
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import STAMP_CHAIN, Stamp

VERSION = "1.0.6"
OURS: Name = ("inet", "ours")
GOOD = Ran(0, "", "")
BAD = Ran(1, "", "Error: no")
HEADER = ("type filter hook input priority filter;",)


def declaration(*rules: str) -> Declaration:
    lines = "\n".join(rules)
    return checked(f"table inet ours {{\nchain c {{\ntype filter hook input priority 0;\n{lines}\n}}\n}}")


def table(*rules: str, header: tuple[str, ...] = HEADER) -> Table:
    """As listed."""
    found = tuple(Rule(text, number) for number, text in enumerate(rules, 10))
    return Table(*OURS, chains=(Chain("c", header, "accept", found, 2),), handle=1)


def stamped(live: Table, declared: Declaration, reported: bool = True) -> Table:
    """With the stamp of that declaration. reported: whether that says how it is listed."""
    marked = live.with_stamp(Stamp(declared.named[OURS].digest, live.lasting_fingerprint() if reported else None, VERSION))
    *chains, stamp = marked.chains
    return Table(*OURS, chains=(*chains, Chain(STAMP_CHAIN, stamp.header, handle=9)), handle=1)


class MadeUpNode:
    """live: the tables that are there. forms: how the declared ones are listed. effects: what each transaction that goes through makes of a table, in turn.

    asked: everything that changes something, and every question to the kernel about a change, in order.
    """

    version = VERSION

    def __init__(
        self,
        live: t.Mapping[Name, Table] | None = None,
        forms: t.Mapping[Name, Table] | None = None,
        effects: t.Sequence[t.Mapping[Name, Table | None]] = (),
    ) -> None:
        self.live: dict[Name, Table | None] = dict(live or {})
        self.forms, self.effects = dict(forms or {}), list(effects)
        self.checks: list[Ran] = []
        self.applies: list[Ran] = []
        self.asked: list[tuple[str, str]] = []
        self.learned: list[list[str]] = []
        self.files: dict[str, str | None] = {}
        self.coded = self.systemd = True
        self.routing = False
        self.found: list[FragileSet] = []
        self.proxy: tuple[int, ...] | None = None
        self.can_try_out = True
        # The number of the last transaction, and those of others that come with each of ours.
        self.transactions, self.others = 1, 1
        self.numbers: tuple[int, ...] = (1, 0, 6)
        # The tables that are remembered for the next change, and whether as there. Whether something of the forms follows from live listings.
        self.remembered: list[tuple[str, bool]] = []
        self.follows = False

    @property
    def steps(self) -> list[str]:
        return [step for step, _text in self.asked]

    def text(self, step: str, number: int = 0) -> str:
        """Of the check, the transaction or the copy with that number."""
        return [text for name, text in self.asked if name == step][number]

    def has_host_routing(self) -> bool:
        return self.routing

    def tables(self) -> set[Name]:
        return {name for name, live in self.live.items() if live}

    def generation(self) -> int:
        return self.transactions

    def stamp(self, family: str, name: str) -> Stamp | None:
        live = self.live.get((family, name))
        return live.stamp if live else None

    def table(self, family: str, name: str, state: bool = False) -> Table | None:
        return self.live.get((family, name))

    @contextlib.contextmanager
    def try_out(self, tables: t.Iterable[DeclaredTable], stamps: t.Mapping[Name, Stamp] | None = None) -> t.Iterator[None]:
        self.learned.append([item.name for item in tables])
        yield

    def expected_listing(self, declared: DeclaredTable) -> Table | None:
        return self.forms.get((declared.family, declared.name))

    def forget(self) -> bool:
        follows, self.follows = self.follows, False
        return follows

    def remember(self, tables: t.Iterable[DeclaredTable], there: bool) -> None:
        self.remembered += [(item.name, there) for item in tables]

    def fragile(self) -> list[FragileSet]:
        return self.found

    def kube_proxy_nft(self) -> tuple[int, ...] | None:
        return self.proxy

    def refuse_crash(self, ran: Ran) -> None:
        if ran.status < 0:
            raise nft_crashed(VERSION, ran, ["inet other"])

    def has_same_bytecode(self, declared: DeclaredTable, live: Table) -> bool:
        return self.coded

    def require(self) -> None:
        self.asked.append(("require", ""))

    def check(self, text: str) -> Ran:
        self.asked.append(("check", text))
        return self.checks.pop(0) if self.checks else GOOD

    def apply(self, text: str) -> Ran:
        self.asked.append(("apply", text))
        ran = self.applies.pop(0) if self.applies else GOOD
        self.transactions += (1 + self.others) * (ran.status == 0)
        if ran.status == 0 and self.effects:
            self.live.update(self.effects.pop(0))
        return ran

    def write_backup(self, text: str) -> str:
        self.asked.append(("write_backup", text))
        return "/backup.nft"

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        self.asked.append(("look at the files" if dry else "persist", ""))
        self.files.update(files)
        return list(files), self.systemd


class MadeUpWindow:
    """The time for a confirmation on such a node. state: what it is after it was armed."""

    def __init__(self, node: MadeUpNode, state: str = "pending") -> None:
        self._node, self.state = node, state
        self.kept: dict[str, t.Any] | None = None
        self.trouble: OSError | None = None

    @property
    def is_pending(self) -> bool:
        return self.state == "pending"

    def arm(self, rollback: str, seconds: int) -> None:
        self._node.asked.append(("arm", rollback))

    def disarm(self) -> None:
        self._node.asked.append(("disarm", ""))

    def keep_result(self, result: t.Mapping[str, t.Any]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.kept = dict(result)
