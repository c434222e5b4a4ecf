# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a folder of examples, in which the commands of its README are run as they stand there. Its blocks are as in pages.py."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import shutil
import subprocess
import sys
import typing as t

from ..output import check_output
from ..playbooks import recap
from ..simulator import ROOT, clean_environment
from . import pages


@dataclasses.dataclass(frozen=True)
class Ran:
    """A command that ended well. changed: by host, from the recap of a playbook."""

    command: str
    stdout: str
    changed: dict[str, int]


def commands(readme: str) -> list[str]:
    """The commands of a README, in their order."""
    shells = (block for block in pages.markdown_blocks(readme) if block.language == pages.SHELL)
    return [command.text for shell in shells for command in pages.commands(shell)]


class ExampleFolder:
    """A copy below C(folder) of examples/NAME. env: added to an environment that names no cloud and no Ansible setting."""

    def __init__(self, name: str, folder: pathlib.Path, env: t.Mapping[str, str] | None = None) -> None:
        self.path = folder / name
        shutil.copytree(ROOT / "examples" / name, self.path)
        self.commands = commands((self.path / "README.md").read_text(encoding="utf-8"))
        home = folder / "home"
        home.mkdir()
        clean = clean_environment()
        self._environment = {
            **clean,
            "PATH": f"{pathlib.Path(sys.executable).parent}:{clean['PATH']}",
            "HOME": str(home),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_INJECT_FACT_VARS": "0",
            **(env or {}),
        }

    def add(self, file: str, variables: t.Mapping[str, t.Any]) -> None:
        """A file of variables that the example has not, such as those of the hosts that play its own."""
        path = self.path / file
        if path.exists():
            raise AssertionError(f"{file} is part of the example")
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(variables), encoding="utf-8")

    def run(self, command: str) -> Ran:
        """Run it by the shell; AssertionError when it fails."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.path,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        check_output(done.stdout + done.stderr, command)
        if done.returncode:
            raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return Ran(command, done.stdout, recap(done.stdout))
