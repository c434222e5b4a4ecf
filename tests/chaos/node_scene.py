# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the engine for rules on a node, in network namespaces of their own, beside a writer that keeps changing kube-proxy's table."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import threading
import time
import typing as t

from tests.support.kernel_captures import captured
from tests.support.nft.killing import killed_at_file, killed_at_nft, leftovers
from tests.support.nft.lab import LabNode
from tests.support.nft.neighbours import load_neighbours, snapshot
from tests.support.nft.node import result_of

from .node_invariants import CHANGED, CONCURRENT, TABLES, Forms, NodeSeen, NodeStep, content
from .plan import FILE, Event, Plan, Step

KUBE_PROXY = "ip kube-proxy"
WRITER = "rules_writer"
_CHAIN = "chaos-writer"
_STAMP = re.compile(r"\n*\tchain aks-dataplane-stamp \{.*?\n\t\}", re.DOTALL)
_WRITTEN = re.compile(r'comment "written \d+"')
PAUSE_SECONDS = 0.02


class NodeScene:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def run(self) -> NodeSeen:
        """All steps, and the clean run after them."""
        last = self._plan.steps[-1].declared
        with LabNode() as fresh:
            forms = {step.declared: _form_of(fresh, step.declared) for step in self._plan.steps}
            fresh.ask(content(last))
            clean = _files(fresh)
        with LabNode() as node:
            load_neighbours(node)
            before = snapshot(node, *TABLES, KUBE_PROXY)
            with Writer(node) as writer:
                steps = tuple(self._seen_of(node, step, forms, writer) for step in self._plan.steps)
                rerun = self._seen_of(node, Step(last, "", (), ()), forms, writer)
            unchanged = node.ask(content(last))
            return NodeSeen(
                plan=self._plan,
                steps=steps,
                rerun=rerun,
                unchanged=unchanged,
                others=(before, snapshot(node, *TABLES, KUBE_PROXY)),
                written=(writer.expected(), node.listing(KUBE_PROXY, "-s")),
                writer_failures=tuple(writer.failures),
                left=(clean, _files(node)),
            )

    def _seen_of(self, node: LabNode, step: Step, forms: t.Mapping[str, Forms], writer: Writer) -> NodeStep:
        before, declared, written = _forms(node), content(step.declared), writer.count
        event = next(iter(step.events), None)
        name = event.name if event is not None else ""
        concurrent: Forms | None = None
        happened = True
        if name == "kill":
            happened = event is not None and _killed(node, event, declared)
            before = before if happened else _forms(node)
            result = None if happened else node.ask(declared)
        elif name == "disk_full":
            with full_disk(node):
                result = node.ask(declared)
        elif name == CONCURRENT:
            other = self._plan.steps[0].declared
            concurrent = forms[other]
            process = node.start(content=content(other))
            result = node.ask(declared)
            result_of(process)
        elif name == CHANGED:
            # Somebody takes our table away, or a rule into it, at any moment of the run.
            process = node.start(content=declared)
            time.sleep((event.number if event is not None else 0) / 100)
            node.run("nft", "add", "rule", "inet", "ours", "input", "tcp", "dport", "7", "drop", check=False)
            result = result_of(process)
        else:
            result = node.ask(declared)
        met = {one for one in (name if happened else "", WRITER if writer.count > written else "") if one}
        return NodeStep(
            step=step,
            result=result,
            before=before,
            after=_forms(node),
            declared=forms[step.declared],
            # That kube-proxy's table changes is no excuse for anything.
            met={one: 1 for one in met if one != WRITER},
            running=tuple(_running(node)),
            concurrent=concurrent,
        )


class Writer:
    """Changes kube-proxy's table as long as the block goes on, now and then all of it as when kube-proxy starts. count: of its transactions."""

    def __init__(self, node: LabNode) -> None:
        self.count = 0
        self.failures: list[str] = []
        self._node = node
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write_on)
        tables = re.split(r"^(?=table )", captured("nftables-12", "nft.txt"), flags=re.MULTILINE)
        self._whole = next(table for table in tables if table.startswith(f"table {KUBE_PROXY} {{"))
        self._write()
        self._like = node.listing(KUBE_PROXY, "-s")

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        self._over.set()
        self._thread.join()

    def expected(self) -> str:
        """What is in the table after the last transaction."""
        return _WRITTEN.sub(f'comment "written {self.count}"', self._like)

    def _write_on(self) -> None:
        while not self._over.is_set():
            self._write()
            self._over.wait(PAUSE_SECONDS)

    def _write(self) -> None:
        number = self.count + 1
        anew = f"delete table {KUBE_PROXY}\n{self._whole}\n" if number % 9 == 0 else ""
        text = (
            f"{anew}add chain {KUBE_PROXY} {_CHAIN}\nflush chain {KUBE_PROXY} {_CHAIN}\n"
            f'add rule {KUBE_PROXY} {_CHAIN} ip daddr 192.0.2.9 counter comment "written {number}"\n'
        )
        try:
            self._node.nft(text)
            self.count = number
        except AssertionError as exc:
            self.failures.append(str(exc)[:500])


def _killed(node: LabNode, event: Event, declared: str) -> bool:
    """Whether a run got to the point, and was killed there."""
    moments = ("before", "within", "after")
    if event.point == FILE:
        return killed_at_file(node, event.number, moments[event.number % 2 * 2], content=declared)
    return killed_at_nft(node, event.number, moments[event.number % 3], content=declared)


@contextlib.contextmanager
def full_disk(node: LabNode) -> t.Iterator[None]:
    """No more can be written anywhere on the node."""
    disk = os.statvfs(node.file("/run"))
    used = (disk.f_blocks - disk.f_bfree) * disk.f_frsize
    node.run("mount", "-o", f"remount,size={max(used, disk.f_frsize)}", "/run")
    try:
        yield
    finally:
        node.run("mount", "-o", "remount,size=50%", "/run")


def _form_of(node: LabNode, variant: str) -> Forms:
    """Without the module: as nft itself lists the declaration."""
    node.nft(content(variant))
    forms = _forms(node)
    for table in TABLES:
        node.run("nft", "delete", "table", *table.split())
    return forms


def _forms(node: LabNode) -> Forms:
    return tuple(_STAMP.sub("", node.listing(table, "-s")) for table in TABLES)


def _files(node: LabNode) -> frozenset[str]:
    """Without what differs from node to node."""
    return frozenset(file.replace(str(node.inode), "N") for file in leftovers(node))


def _running(node: LabNode) -> t.Iterator[str]:
    """Processes on the node besides those that hold it, serve it or write its kube-proxy's table."""
    own = node.inode
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "ns" / "net").stat().st_ino == own:
                command = (folder / "cmdline").read_text().replace("\0", " ")
                if "node_nftables_ruleset" in command and "nft.worker" not in command:
                    yield command.strip()
