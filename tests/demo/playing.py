# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A playbook run as an operator starts it, with its output shown while it runs."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import typing as t

# What has nothing to say, and the newer ansible-core's second telling of a failure with the place in the playbook.
_QUIET = re.compile(
    r"^(ok|skipping): \[[^\]]+\]( => \(item=[^)]*\))?$|^included: |^\s*$|^\[ERROR\]: Task failed|^Origin: |^\.\.\. |^\d+( |$)|^\s+\^ column \d+$"
)
_HEADING = re.compile(r"^(PLAY|TASK) \[(.*)\] \**$|^(PLAY RECAP|NO MORE HOSTS LEFT) \**$")
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+.*failed=(\d+)")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """changed, failed: numbers of the recap, by host."""

    returncode: int
    output: str
    changed: t.Mapping[str, int]
    failed: t.Mapping[str, int]


class Condenser:
    """Leaves out the tasks that have nothing to say; the rest is shown as Ansible prints it."""

    def __init__(self) -> None:
        self._heading: str | None = None

    def lines(self, line: str) -> t.Iterator[str]:
        """What to show now that this line has come."""
        heading = _HEADING.match(line)
        if heading:
            self._heading = None if heading[3] == "NO MORE HOSTS LEFT" else line.rstrip(" *")
        elif not _QUIET.match(line):
            if self._heading is not None:
                yield f"  {self._heading}"
                self._heading = None
            yield f"    {line}"


@dataclasses.dataclass(frozen=True)
class Stage:
    """Where the playbooks run: the inventory of all clusters, and the operator's environment."""

    inventory: pathlib.Path
    environment: t.Mapping[str, str]

    def play(self, playbook: str, *arguments: str, **variables: t.Any) -> Outcome:
        """Run a playbook on the clusters of its story, with these extra variables; its output is shown as it comes."""
        if variables:
            arguments = (*arguments, "--extra-vars", json.dumps(variables))
        outcome = _run(("--inventory", str(self.inventory), *arguments, playbook), self.environment)
        print(flush=True)
        return outcome


def _run(arguments: t.Sequence[str], environment: t.Mapping[str, str]) -> Outcome:
    command = (str(pathlib.Path(sys.executable).parent / "ansible-playbook"), *arguments)
    print(f"  $ ansible-playbook {' '.join(_shown(argument) for argument in arguments)}\n", flush=True)
    settings = {
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        # Runs say in lines of their own what there is to read.
        "ANSIBLE_DISPLAY_OK_HOSTS": "false",
        "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
        "PYTHONUNBUFFERED": "1",
    }
    condenser, output = Condenser(), []
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment, **settings},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        for line in process.stdout or ():
            output.append(line)
            for shown in condenser.lines(line.rstrip("\n")):
                print(shown, flush=True)
        process.wait()
    finally:
        _end(process)
    recap = [found for line in output if (found := _RECAP.match(line))]
    return Outcome(
        returncode=process.returncode,
        output="".join(output),
        changed={found[1]: int(found[2]) for found in recap},
        failed={found[1]: int(found[3]) for found in recap},
    )


def _end(process: subprocess.Popen[str]) -> None:
    """Nothing of a run that was stopped goes on."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)


def _shown(argument: str) -> str:
    return f"'{argument}'" if any(character in argument for character in ' {"') else argument
