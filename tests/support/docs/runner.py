# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of the documentation, who does in one fresh folder what a page says, step by step, in one shell.

What is not as at home: Azure, its clusters and the nodes are simulated; az, kubectl, make and pip are stand-ins (programs.py); the address of the
project leads to this checkout; "..." in an exported variable stands for the simulated credential of that name; playbooks look every second while they wait.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import typing as t

import yaml

from ..output import check_output
from ..simulator import ROOT, clean_environment
from .pages import Command, Data, File, Step, is_printed
from .programs import PROGRAMS

REAL = ("ansible", "ansible-builder", "ansible-doc", "ansible-galaxy", "ansible-inventory", "ansible-playbook")
# What a page may call: these, the stand-ins, and what every shell has.
KNOWN = {*REAL, *PROGRAMS, "cat", "cd", "cp", "exit", "export", "git", "ls", "mkdir", "source", "tar"}
COPIED = ("examples", "docs/rights", "meta/ee-requirements.txt")
HOME_OF_PROJECT = "https://git.example.com/"
SECONDS = 400
_PLACEHOLDER = re.compile(r"\b(\w+)=\.\.\.")


@dataclasses.dataclass(frozen=True)
class Ran:
    command: str
    returncode: int
    output: str


class Reader:
    """folder: empty. environment: credentials. origin: a folder with a git repository aks.dataplane.

    hosts: variables of nodes in the inventory that say how to reach them here. inventory: for plays that a page shows without one.
    fails: parts of commands that are to fail, and with which code.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        environment: t.Mapping[str, str],
        origin: pathlib.Path,
        *,
        hosts: t.Mapping[str, t.Any] | None = None,
        inventory: t.Mapping[str, t.Any] | None = None,
        fails: t.Mapping[str, int] | None = None,
    ) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self._programs, self._state = folder / "programs", folder / "state"
        self._credentials = dict(environment)
        self._hosts, self._inventory, self._fails = dict(hosts or {}), dict(inventory or {}), dict(fails or {})
        self.ran: list[Ran] = []
        for made in (self.home, self.work, self._programs, self._state):
            made.mkdir()
        for name in COPIED:
            copy(ROOT / name, self.work / name)
        (self._state / "cwd").write_text(f"{self.work}\n", encoding="utf-8")
        self._write_programs()
        self._environment = {
            **clean_environment(),
            **environment,
            "HOME": str(self.home),
            "PATH": f"{self._programs}:/usr/sbin:/usr/bin:/sbin:/bin",
            # An installed collection comes before the checkout.
            "ANSIBLE_COLLECTIONS_PATH": f"{self.home}/.ansible/collections:{ROOT}/.venv/collections",
            "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{origin}/.insteadOf",
            "GIT_CONFIG_VALUE_0": HOME_OF_PROJECT,
        }

    @property
    def cwd(self) -> pathlib.Path:
        return pathlib.Path((self._state / "cwd").read_text(encoding="utf-8").strip())

    def follow(self, steps: t.Iterable[Step]) -> None:
        """AssertionError at the first step that does not work out."""
        for step in steps:
            if isinstance(step, File):
                target = self.cwd / step.path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(step.text, encoding="utf-8")
            elif isinstance(step, Command):
                self.do(step)
            else:
                self.understand(step)

    def do(self, command: Command) -> None:
        unknown = programs(command.text) - KNOWN
        if unknown:
            raise AssertionError(f"line {command.line}: nobody knows how to treat {', '.join(sorted(unknown))}: {command.text}")
        expected = next((code for part, code in self._fails.items() if part in command.text), 0)
        missing = {name for name in _PLACEHOLDER.findall(command.text) if name not in self._credentials}
        if missing:
            raise AssertionError(f"line {command.line}: {', '.join(sorted(missing))} is no credential: {command.text}")
        text = _PLACEHOLDER.sub(lambda found: f"{found[1]}={shlex.quote(self._credentials[found[1]])}", command.text)
        ran = self._shell(text)
        if ran.returncode != expected:
            raise AssertionError(f"line {command.line}: {command.text} ended with {ran.returncode}, not {expected}:\n{ran.output[-6000:]}")
        # Stand-ins print nothing that their originals would.
        if not programs(command.text) & PROGRAMS.keys() and not is_printed(command.shown, ran.output):
            raise AssertionError(f"line {command.line}: {command.text} does not print what the page shows, but:\n{ran.output}")

    def understand(self, data: Data) -> None:
        """Plays are run, tasks must have a right syntax, inventories must be ones for Ansible, and all else must be YAML."""
        content = yaml.safe_load(data.text)
        shown = self.cwd / "shown.yml"
        shown.write_text(data.text, encoding="utf-8")
        if isinstance(content, list) and all("hosts" in play for play in content):
            inventory = self._state / "inventory.yml"
            inventory.write_text(yaml.safe_dump(self._inventory), encoding="utf-8")
            self.do(Command(f"ansible-playbook -i {inventory} shown.yml", data.line))
        elif isinstance(content, list):
            play = [{"hosts": "all", "gather_facts": False, "tasks": content}]
            shown.write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
            self.do(Command("ansible-playbook --syntax-check -i localhost, shown.yml", data.line))
        elif any(isinstance(group, dict) and {"hosts", "children"} & set(group) for group in content.values()):
            self.do(Command("ansible-inventory -i shown.yml --list", data.line))
        shown.unlink()

    def _shell(self, command: str) -> Ran:
        """In the folder and with the variables that the command before left."""
        variables = self._state / "variables"
        script = "\n".join(
            (
                f"[ ! -f {variables} ] || source {variables}",
                f'cd "$(cat {self._state}/cwd)"',
                f"trap 'code=$?; export -p >{variables}; pwd >{self._state}/cwd; exit $code' EXIT",
                "set -o pipefail",
                command,
            )
        )
        done = subprocess.run(
            ["bash", "-c", script],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        check_output(done.stdout, command)
        self.ran.append(Ran(command, done.returncode, done.stdout))
        return self.ran[-1]

    def _write_programs(self) -> None:
        here = pathlib.Path(sys.executable).parent
        reach = self._state / "hosts.yml"
        reach.write_text(yaml.safe_dump({"aks_nodes": {"hosts": self._hosts}}), encoding="utf-8")
        # A later inventory wins over an earlier one.
        nodes = f'case " $* " in *" -i "*) set -- "$@" -i {reach};; esac\n' if self._hosts else ""
        quick = "-e aks_dataplane_poll_interval=1"
        for name in REAL:
            more = quick if name in ("ansible", "ansible-playbook") else ""
            self._program(name, f'{nodes if more else ""}exec {here / name} "$@" {more}\n')
        for name in PROGRAMS:
            self._program(name, f'exec {sys.executable} {ROOT}/tests/support/docs/programs.py {name} "$@"\n')

    def _program(self, name: str, text: str) -> None:
        file = self._programs / name
        file.write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
        file.chmod(0o755)


def programs(command: str) -> set[str]:
    """The first word of each simple command."""
    found, first = set(), True
    lexer = shlex.shlex(command.replace("\\\n", " "), posix=True, punctuation_chars=True)
    for word in lexer:
        if set(word) <= set("&|;()"):
            first = True
        elif first:
            found.add(word)
            first = False
    return found


def copy(source: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def published(folder: pathlib.Path) -> pathlib.Path:
    """A folder with a git repository aks.dataplane that holds this checkout as it is now."""
    clone = folder / "aks.dataplane"
    git = ("git", "-c", "user.name=docs", "-c", "user.email=docs@example.com", "-C")
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if os.path.lexists(ROOT / name):
            target = clone / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target, follow_symlinks=False)
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "The checkout")):
        subprocess.run([*git, str(clone), *command], check=True)
    return folder
