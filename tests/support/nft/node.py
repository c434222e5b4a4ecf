# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node for the modules of nftables: a network and mount namespace with a /run and an /etc of its own, so that nothing of this machine is touched.

The modules run in it as processes of their own, as on a node. Its files are seen from outside below C(root).
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shlex
import subprocess
import sys
import time
import typing as t

from ansible_collections.aks.dataplane.plugins.plugin_utils._nft_schema import module_arguments

from tests.support.output import check_output

MODULES = "ansible_collections.aks.dataplane.plugins.modules"
RULESET = "node_nftables_ruleset"
INFO = "node_nftables_ruleset_info"
TABLES = "/etc/aks-dataplane/nftables.d"
UNITS = "/etc/systemd/system"

# As root plain namespaces; without the right to that, inside a user namespace of their own.
_WAYS = (("--net", "--mount"), ("--user", "--map-root-user", "--net", "--mount"))
# /etc can be written, but what is written stays in the namespace's memory.
_PREPARE = """
mount -t tmpfs tmpfs /run && mkdir /run/.etc /run/.work && ip link set lo up &&
mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/.etc,workdir=/run/.work /etc &&
exec setpriv --pdeathsig KILL sleep infinity
"""
# What systemctl of the pretended systemd does: write down how it was called.
_SYSTEMCTL = '#!/bin/sh\necho "systemctl $*" >>/run/calls\n'


class NftNode:
    """One node. As context manager it ends with the block."""

    def __init__(self, nft: pathlib.Path | None = None, user: bool = False) -> None:
        """nft: folder of a program nft to use instead of this machine's. user: in a user namespace of its own, also as root."""
        self.path = ":".join([*([str(nft)] if nft else []), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        self._holder, self._user = self._hold(user)

    def __enter__(self) -> NftNode:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _hold(self, user: bool) -> tuple[subprocess.Popen[str], bool]:
        """The process that holds its namespaces, and whether these are in a user namespace."""
        return _started(_WAYS[1:] if user else _WAYS)

    def close(self) -> None:
        """Also ends what still runs in it, as a watcher does."""
        self._end_processes()
        self._holder.wait()

    def _end_processes(self) -> None:
        own = self.inode
        for namespace in pathlib.Path("/proc").glob("[0-9]*/ns/net"):
            with contextlib.suppress(OSError):
                if namespace.stat().st_ino == own:
                    os.kill(int(namespace.parts[2]), 9)

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def inode(self) -> int:
        """The id of its network namespace."""
        return os.stat(f"/proc/{self.pid}/ns/net").st_ino

    @property
    def enter(self) -> tuple[str, ...]:
        """The words that go before a command to run it on the node."""
        user = ("--user", "--preserve-credentials") if self._user else ()
        return ("nsenter", "--target", str(self.pid), *user, "--net", "--mount")

    def file(self, path: str) -> pathlib.Path:
        """A file of the node, given by its absolute path there."""
        return pathlib.Path(f"/proc/{self.pid}/root") / path.lstrip("/")

    def run(self, *command: str, stdin: str = "", check: bool = True) -> str:
        """Standard output; AssertionError when the command fails and that is checked."""
        done = subprocess.run([*self.enter, *command], input=stdin, capture_output=True, text=True, env=self._environment(), check=False)
        if check and done.returncode:
            raise AssertionError(f"{shlex.join(command)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def nft(self, text: str) -> None:
        """Load a file of commands."""
        self.run("nft", "-f", "-", stdin=text)

    def listing(self, table: str = "inet ours", *flags: str) -> str:
        """As C(nft list table) prints it; empty when there is no such table."""
        return self.run("nft", *flags, "list", "table", *table.split(), check=False)

    def start(
        self, name: str = RULESET, *, check: bool = False, diff: bool = False, before: t.Sequence[str] = (), **options: t.Any
    ) -> subprocess.Popen[str]:
        """A run of the module that goes on by itself; its arguments are on its standard input. before: words that go before the command."""
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": diff}
        process = subprocess.Popen(
            [*self.enter, *before, sys.executable, "-m", f"{MODULES}.{name}"],
            env=self._environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if process.stdin is not None:
            process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": arguments}))
            process.stdin.close()
            process.stdin = None
        return process

    def module(
        self, name: str = RULESET, *, check: bool = False, diff: bool = False, before: t.Sequence[str] = (), **options: t.Any
    ) -> dict[str, t.Any]:
        """What the module returns; also when it fails."""
        return result_of(self.start(name, check=check, diff=diff, before=before, **options))

    def apply(self, **options: t.Any) -> dict[str, t.Any]:
        """What the module returns when it may not fail. tables: handed over as its action plugin does it."""
        if "tables" in options:
            options.update(module_arguments(options.pop("tables")))
        result = self.module(**options)
        if result.get("failed"):
            raise AssertionError(result["msg"])
        return result

    def interpreter(self, folder: pathlib.Path, python: t.Sequence[str] = (sys.executable,)) -> str:
        """A Python for ansible_python_interpreter that runs on the node, while the controller stays outside. python: how it is started there."""
        file = folder / f"python-{self.pid}"
        file.write_text(f'#!/bin/sh\nPATH={shlex.quote(self.path)} exec {shlex.join([*self.enter, *python])} "$@"\n')
        file.chmod(0o755)
        return str(file)

    def pretend_systemd(self) -> None:
        """Make it look like a node that systemd runs: what is called then stands in C(calls)."""
        folder = self.file("/run/bin")
        folder.mkdir()
        self.file("/run/systemd/system").mkdir(parents=True)
        (folder / "systemctl").write_text(_SYSTEMCTL)
        (folder / "systemctl").chmod(0o755)
        self.path = f"/run/bin:{self.path}"

    def calls(self) -> list[str]:
        """How systemctl of the pretended systemd was called since the last time this was asked."""
        file = self.file("/run/calls")
        if not file.exists():
            return []
        text = file.read_text()
        file.unlink()
        return text.splitlines()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PATH": self.path}


def result_of(process: subprocess.Popen[str], timeout: float = 120) -> dict[str, t.Any]:
    """What a run of the module returned; AssertionError when it ended without a result."""
    out, err = process.communicate(timeout=timeout)
    if not out.lstrip().startswith("{"):
        raise AssertionError(f"{process.returncode}: {out}{err}")
    check_output(out + err, "the module")
    return dict(json.loads(out))


def _started(ways: t.Iterable[tuple[str, ...]]) -> tuple[subprocess.Popen[str], bool]:
    """The process that holds the namespaces, and whether they are in a user namespace of their own."""
    reasons = []
    for flags in ways:
        holder = held(["unshare", *flags])
        if holder.returncode is None:
            return holder, "--user" in flags
        reasons.append(holder.communicate()[1].strip())
    raise AssertionError(f"a node needs root or unprivileged user namespaces: {'; '.join(reasons)}")


def held(enter: t.Sequence[str]) -> subprocess.Popen[str]:
    """The process that holds a node's namespaces, with its files in place; it has ended where it cannot. enter: words that make or enter them."""
    holder = subprocess.Popen([*enter, "sh", "-c", _PREPARE], stderr=subprocess.PIPE, text=True)
    while holder.poll() is None and pathlib.Path(f"/proc/{holder.pid}/comm").read_text().strip() != "sleep":
        time.sleep(0.005)
    return holder
