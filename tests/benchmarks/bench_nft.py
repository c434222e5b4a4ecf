# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What node_nftables_ruleset costs against plain nft, in one network namespace; prints a table of ratios.

    python -m tests.benchmarks.bench_nft [--rounds 7]

Each row is the least of so many rounds, in which the two sides take turns. Time is in milliseconds, memory and code in KiB.
Where sets change it is the processor's time: both sides also wait for a grace period of the kernel.
"""

from __future__ import annotations

import argparse
import base64
import functools
import io
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time
import typing as t
import zipfile

from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration_pack import read_and_check

from tests.support.nft.lab import LabNode
from tests.support.playbooks import run_playbook

ROUNDS = 7
# Runs nft and writes down how long a transaction took that is not one of a scratch namespace, and how much of that it worked.
TIMED = """#!{python} -IS
import os, subprocess, sys, time
words = ["{real}", *sys.argv[1:]]
if "-f" not in words or "-c" in words or os.stat("/proc/self/ns/net").st_ino != {inode}:
    os.execv(words[0], words)
began = time.perf_counter()
process = subprocess.Popen(words, close_fds=False)
_pid, status, usage = os.wait4(process.pid, 0)
took = time.perf_counter() - began
with open("/run/timed/milliseconds", "w") as file:
    print(took * 1000, (usage.ru_utime + usage.ru_stime) * 1000, file=file)
sys.exit(os.waitstatus_to_exitcode(status))
"""
# Python imports this at its start.
PEAK = """
import atexit
def note():
    with open("/proc/self/status") as status, open("/run/peak/kib", "w") as file:
        file.write(next(line.split()[1] for line in status if line.startswith("VmHWM")))
atexit.register(note)
"""
PEAK_OF = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
EMPTY = "from ansible.module_utils.basic import AnsibleModule\nAnsibleModule({'content': {'type': 'str'}}).exit_json()\n"
# KiB.
LIMIT = 60
# Not measured here, since its collection is in no package registry that the tests use: 7 tasks with one rule each took 1.3 s with ansible-core 2.17 and a
# local connection, on an idle machine.
PEER_SECONDS = 1.3 / 7


class Row(t.NamedTuple):
    what: str
    ours: float
    against: str
    theirs: float
    aim: str


def rules(count: int, note: str = "") -> str:
    lines = (
        f'ip saddr 10.0.{number >> 8}.{number & 255} tcp dport {number % 60000 + 1} ct state new counter accept comment "rule {number}"'
        for number in range(count)
    )
    return "table inet ours {{{}\nchain c {{\n{}\n}}\n}}\n".format(note, "\n".join(lines))


def elements(*numbers: int) -> str:
    texts = ", ".join(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}" for number in numbers)
    return f"table inet ours {{\nset s {{ type ipv4_addr; elements = {{ {texts} }}; }}\n}}\n"


def replacement(content: str, table: str = "raw") -> str:
    return f"table inet {table}\ndelete table inet {table}\n{content.replace('ours', table, 1)}"


def milliseconds(work: t.Callable[[], t.Any]) -> float:
    before = time.perf_counter()
    work()
    return (time.perf_counter() - before) * 1000


def in_turn(rounds: int, *works: t.Callable[[], float]) -> list[float]:
    """The least of each: what else the machine does only adds to it."""
    samples = [[work() for work in works] for _round in range(rounds)]
    return [min(column) for column in zip(*samples, strict=True)]


@functools.cache
def read_on_controller(content: str) -> str:
    """As the action plugin hands it over: once for all nodes."""
    return read_and_check(content)


def engine(node: LabNode, content: str, changed: bool) -> float:
    """Milliseconds of a run; RuntimeError when it did not do what is measured."""
    declared = read_on_controller(content)
    result = node.ask(content, persist=False, wire_declared=declared)
    if result.get("failed") or result["changed"] is not changed:
        raise RuntimeError(str(result)[:2000])
    return node.seconds * 1000


def command(node: LabNode, *words: str, stdin: str = "") -> float:
    """Milliseconds of a command on the node, its output read as another program would."""
    return milliseconds(lambda: subprocess.run([*node.enter, *words], input=stdin, capture_output=True, text=True, check=True))


def whole(node: LabNode, content: str) -> float:
    declared = read_on_controller(content)
    return milliseconds(lambda: node.module(content=content, persist=False, wire_declared=declared))


def unchanged(rounds: int) -> t.Iterator[Row]:
    with LabNode() as node:
        content = rules(1000)
        node.ask(content, persist=False)
        listing = ("nft", "-s", "-a", "list", "table", "inet", "ours")
        ours, process, theirs = in_turn(
            rounds * 3, lambda: engine(node, content, False), lambda: whole(node, content), lambda: command(node, *listing)
        )
        yield Row("rerun without a change, 1,000 rules", ours, "`nft -s -a list table`", theirs, "1.5")
        yield Row("the same, with Python's start and imports", process, "`nft -s -a list table`", theirs, "")


def compared(rounds: int) -> t.Iterator[Row]:
    with LabNode() as node:
        # Elements that may go by themselves: no stamp can say that the table is as declared.
        content = rules(10_000, "\nset s { type ipv4_addr; timeout 1d; elements = { 192.0.2.1 }; }")
        node.ask(content, persist=False)
        raw = replacement(content)
        ours, theirs = in_turn(rounds, lambda: engine(node, content, False), lambda: command(node, "nft", "-f", "-", stdin=raw))
        yield Row("full comparison, 10,000 rules", ours, "`nft -f`, full replace", theirs, "1.5")


def one_rule(rounds: int) -> t.Iterator[Row]:
    with LabNode() as node:
        before = rules(10_000)
        after = before.replace('accept comment "rule 5000"', 'drop comment "rule 5000"')
        node.ask(before, persist=False)
        changed, unchanged_run, _back = in_turn(
            rounds, lambda: whole(node, after), lambda: whole(node, after), lambda: engine(node, before, True)
        )
        yield Row("one rule of 10,000 changed, the whole process", changed, "an unchanged run of the whole process", unchanged_run, "2")


def transaction(rounds: int) -> t.Iterator[Row]:
    with LabNode() as node:
        folder = node.file("/run/timed")
        folder.mkdir()
        real = node.run("sh", "-c", "command -v nft").strip()
        (folder / "nft").write_text(TIMED.format(python=sys.executable, inode=node.inode, real=real))
        (folder / "nft").chmod(0o755)
        node.path = f"/run/timed:{node.path}"
        contents = changing(100_000)
        node.ask(contents[1], persist=False)
        raw = replacement(contents[0])
        turn = iter(range(1_000_000))

        def worked() -> float:
            """Without what both wait for: until nobody in the kernel can still see what is deleted (a grace period, 8 to 20 ms here)."""
            return float((folder / "milliseconds").read_text().split()[1])

        def ours() -> float:
            engine(node, contents[next(turn) % 2], True)
            return worked()

        def theirs() -> float:
            node.run("nft", "-f", "-", stdin=raw)
            return worked()

        delta, replaced = in_turn(rounds, ours, theirs)
        yield Row("one element of 100,000 changed: the transaction, processor time", delta, "`nft -f`, full replace", replaced, "1/50")


def changing(size: int) -> list[str]:
    """Two declarations that differ in one element."""
    return [elements(*range(size)), elements(*range(1, size + 1))]


def one_element(rounds: int) -> t.Iterator[Row]:
    """How it grows with the set. The largest takes a minute."""
    for size, times, aim in ((10_000, rounds, ""), (100_000, rounds, "1"), (1_000_000, 1, "")):
        with LabNode() as node:
            contents = changing(size)
            node.ask(contents[1], persist=False, wire_declared=read_on_controller(contents[1]))
            raw = replacement(contents[0])
            turn = iter(range(1_000_000))

            def ours(node: LabNode = node, contents: tuple[str, ...] = tuple(contents), turn: t.Iterator[int] = turn) -> float:
                engine(node, contents[next(turn) % 2], True)
                return node.processor * 1000

            def theirs(node: LabNode = node, raw: str = raw) -> float:
                before = processor()
                node.nft(raw)
                return processor() - before

            run, replaced = in_turn(times, ours, theirs)
            yield Row(f"one element of {size:,} changed: the whole run, processor time", run, "`nft -f`, full replace", replaced, aim)


def processor() -> float:
    """Milliseconds that the programs that have ended kept a processor busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1000


def memory() -> t.Iterator[Row]:
    for what, contents in (
        ("10,000 rules", (rules(10_000), rules(9_999))),
        ("100,000 elements", changing(100_000)),
        ("1,000,000 elements", changing(1_000_000)),
    ):
        with LabNode() as node:
            folder = node.file("/run/peak")
            folder.mkdir()
            (folder / "sitecustomize.py").write_text(PEAK)
            peaks = []
            for content in contents:
                declared = read_on_controller(content)
                result = node.module(content=content, persist=False, wire_declared=declared, before=("env", "PYTHONPATH=/run/peak"))
                if not result.get("changed"):
                    raise RuntimeError(str(result)[:2000])
                peaks.append(int((folder / "kib").read_text()))
            theirs = peak_of([*node.enter, "nft", "-f", "-"], replacement(contents[0]))
            yield Row(f"peak memory of a change, {what}", max(peaks), "`nft -f`, full replace", theirs, "3")


def peak_of(words: list[str], stdin: str) -> int:
    """KiB of a program; not started from here, as it would begin with the size of this process."""
    command = [sys.executable, "-IS", "-c", PEAK_OF, *words]
    return int(subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout)


def task(node: LabNode, folder: pathlib.Path, action: t.Mapping[str, t.Any] | None) -> float:
    """Milliseconds of a playbook with that task."""
    tasks = [{**action}] if action else []
    play = {"hosts": "all", "gather_facts": False, "tasks": tasks}
    hosts = {"all": {"hosts": {"node": {"ansible_connection": "local", "ansible_python_interpreter": node.interpreter(folder)}}}}
    before = time.perf_counter()
    done = run_playbook([play], hosts)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return (time.perf_counter() - before) * 1000


def peer(rounds: int) -> t.Iterator[Row]:
    with LabNode() as node, tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        for count in (7, 1000):
            action = {"aks.dataplane.node_nftables_ruleset": {"content": rules(count), "persist": False}}
            task(node, folder, action)
            ours, nothing = in_turn(max(rounds // 2, 3), lambda action=action: task(node, folder, action), lambda: task(node, folder, None))
            said = "ansibleguy rule_raw, quoted" if count == 7 else "ansibleguy rule_raw, extrapolated from the quoted"
            yield Row(f"task with {count:,} rules, unchanged", ours - nothing, said, PEER_SECONDS * count * 1000, "")


def sent(folder: pathlib.Path, action: str) -> tuple[float, float]:
    """KiB of the program that ansible-core sends for it, and of what is of this collection in the compressed archive inside."""
    library = folder / "library"
    library.mkdir(exist_ok=True)
    (library / "nothing.py").write_text(f"#!/usr/bin/python\n{EMPTY}")
    remote = folder / f"remote-{action}"
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        # It gets to the node, and is refused there.
        "tasks": [{action: {"content": "table x { nonsense }"}, "check_mode": True, "ignore_errors": True}],
    }
    env = {"ANSIBLE_KEEP_REMOTE_FILES": "1", "ANSIBLE_REMOTE_TEMP": str(remote), "ANSIBLE_LIBRARY": str(library)}
    run_playbook([play], {"all": {"hosts": {"localhost": {}}}}, env=env)
    (file,) = remote.glob("*/AnsiballZ_*.py")
    archive = max(re.findall(r"[A-Za-z0-9+/=\n]{1000,}", file.read_text()), key=len)
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(archive))) as packed:
        own = sum(item.compress_size for item in packed.infolist() if item.filename.startswith("ansible_collections/"))
    return file.stat().st_size / 1024, own / 1024


def code() -> t.Iterator[Row]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        nothing, _none = sent(folder, "nothing")
        whole_program, own = sent(folder, "aks.dataplane.node_nftables_ruleset")
        yield Row("code of this collection sent to the node, compressed", own, "the limit", LIMIT, "1")
        yield Row("the same as sent, with ansible-core's base64 around it", whole_program - nothing, "the limit", LIMIT, "")


def shown(row: Row) -> str:
    ratio = row.ours / row.theirs
    text = f"1/{1 / ratio:.0f}" if ratio < 0.1 else f"{ratio:.2f}"
    return f"| {row.what} | {row.ours:,.1f} | {row.against} | {row.theirs:,.1f} | {text} | {row.aim and f'at most {row.aim}'} |"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the module for nftables against plain nft.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    print("| what | ours | against | theirs | ratio | aim |\n| --- | ---: | --- | ---: | ---: | --- |")
    for rows in (
        unchanged(options.rounds),
        compared(options.rounds),
        one_rule(options.rounds),
        transaction(options.rounds),
        one_element(options.rounds),
        memory(),
        code(),
        peer(options.rounds),
    ):
        for row in rows:
            print(shown(row))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
