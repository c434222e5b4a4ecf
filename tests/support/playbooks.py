# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-playbook as its users do, in a home of its own, and read back what every task returned."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import typing as t

import yaml

from .output import check_output
from .simulator import ROOT, clean_environment

# Whether modules run as Ansible sends them, in processes of their own, or in its own process.
AS_PAYLOADS = False
_RECAP = re.compile(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)\s+unreachable=\d+\s+failed=\d+", re.MULTILINE)
_CALLBACKS = pathlib.Path(__file__).resolve().parent / "callback_plugins"


def callbacks(*names: str) -> dict[str, str]:
    """The environment variables that load these of our own into Ansible."""
    return {"ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS), "ANSIBLE_CALLBACKS_ENABLED": ",".join(names)}


def _other_name_of_python() -> str:
    """The Python of this environment, which is not the one that Ansible itself runs with, as written."""
    others = (pathlib.Path(sys.executable).with_name(name) for name in ("python", "python3"))
    return next(str(path) for path in others if str(path) != sys.executable and path.exists())


@dataclasses.dataclass(frozen=True)
class PlaybookRun:
    """A finished run. events: C({host, task, action, status, ignored, result}) in their order; stats: per host, as in the recap."""

    returncode: int
    stdout: str
    stderr: str
    events: list[dict[str, t.Any]]
    stats: dict[str, dict[str, int]]
    custom: dict[str, dict[str, t.Any]]

    def results(self, task: str = "", host: str = "", action: str = "") -> list[dict[str, t.Any]]:
        """Results of the tasks whose name contains C(task), of one host, of one action (its full or its last name)."""
        return [
            event["result"]
            for event in self.events
            if task in event["task"] and host in ("", event["host"]) and action in ("", event["action"], event["action"].rpartition(".")[2])
        ]

    def failures(self) -> dict[str, str]:
        """The last message of each host that failed."""
        return {event["host"]: event["result"].get("msg", "") for event in self.events if event["status"] == "failed"}


def recap(output: str) -> dict[str, int]:
    """What ansible-playbook says at its end: how many changes each host had."""
    return {host: int(number) for host, number in _RECAP.findall(output)}


class RunningPlaybook:
    """A run that was started; it leads a process group of its own."""

    def __init__(self, process: subprocess.Popen[str], scratch: tempfile.TemporaryDirectory[str]) -> None:
        self.process = process
        self._scratch = scratch
        self._record = pathlib.Path(scratch.name) / "results.jsonl"

    def lines(self) -> list[dict[str, t.Any]]:
        """What has been recorded so far."""
        if not self._record.exists():
            return []
        whole = [line for line in self._record.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]
        return [json.loads(line) for line in whole]

    def kill(self) -> None:
        """End the run and all that it started at once, as a crash of the machine would."""
        # Newer ansible-core gives each worker a session of its own, so the group alone would leave them behind.
        doomed = [self.process.pid, *_descendants(self.process.pid)]
        for pid in doomed:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait(self, timeout: float = 300) -> PlaybookRun:
        """The finished run; nothing of it is left behind."""
        try:
            stdout, stderr = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            stdout, stderr = self.process.communicate()
        lines = self.lines()
        self._scratch.cleanup()
        # Ansible's own workers have more to say when they are killed.
        if self.process.returncode >= 0:
            check_output(f"{stdout}\n{stderr}\n{''.join(str(line) for line in lines)}", "the playbook")
        last = next((line for line in lines if "stats" in line), {})
        events = [line for line in lines if "task" in line]
        return PlaybookRun(self.process.returncode, stdout, stderr, events, last.get("stats", {}), last.get("custom", {}))


def _descendants(pid: int) -> t.Iterator[int]:
    with contextlib.suppress(FileNotFoundError):
        for children in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, children.read_text().split()):
                yield child
                yield from _descendants(child)


def start_playbook(
    playbook: str | pathlib.Path | t.Sequence[t.Mapping[str, t.Any]],
    inventory: str | pathlib.Path | t.Mapping[str, t.Any],
    *,
    extra_vars: t.Mapping[str, t.Any] | None = None,
    env: t.Mapping[str, str] | None = None,
    arguments: t.Sequence[str] = (),
    check: bool = False,
    before: t.Sequence[str] = (),
    payloads: bool = AS_PAYLOADS,
) -> RunningPlaybook:
    """Start a run. before: words that go before its command. payloads: see AS_PAYLOADS.

    playbook: a path, a name like C(aks.dataplane.kube_proxy), or the plays themselves. inventory: a path, or the YAML inventory's content.
    env: added to an environment that names no cloud, no cluster and no Ansible setting.
    """
    scratch = tempfile.TemporaryDirectory(prefix="playbook-")
    folder = pathlib.Path(scratch.name)
    command = [
        *before,
        str(pathlib.Path(sys.executable).parent / "ansible-playbook"),
        "--inventory",
        str(_written(folder / "inventory.yml", inventory)),
    ]
    if extra_vars:
        command += ["--extra-vars", f"@{_written(folder / 'extra.json', extra_vars)}"]
    if payloads:
        # Above what plays say.
        command += ["--extra-vars", f"ansible_python_interpreter={_other_name_of_python()}"]
    if check:
        command += ["--check", "--diff"]
    command += [*arguments, str(_written(folder / "playbook.yml", playbook))]
    settings = {
        "HOME": scratch.name,
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "0",
        "ANSIBLE_INJECT_FACT_VARS": "0",
        "ANSIBLE_DEPRECATION_WARNINGS": "1",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        **callbacks("record_results", "further_data_plane"),
        "RECORD_RESULTS_FILE": str(folder / "results.jsonl"),
    }
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**clean_environment(), **settings, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return RunningPlaybook(process, scratch)


def run_playbook(
    playbook: str | pathlib.Path | t.Sequence[t.Mapping[str, t.Any]],
    inventory: str | pathlib.Path | t.Mapping[str, t.Any],
    *,
    extra_vars: t.Mapping[str, t.Any] | None = None,
    env: t.Mapping[str, str] | None = None,
    arguments: t.Sequence[str] = (),
    check: bool = False,
    before: t.Sequence[str] = (),
    payloads: bool = AS_PAYLOADS,
    timeout: float = 300,
) -> PlaybookRun:
    """Run to the end; arguments as C(start_playbook)."""
    started = start_playbook(
        playbook, inventory, extra_vars=extra_vars, env=env, arguments=arguments, check=check, before=before, payloads=payloads
    )
    return started.wait(timeout)


def words_of(command: str) -> list[str]:
    """The playbook and its arguments, of a command that a run has shown: without the files of that run, which are gone with it."""
    _program, playbook, *arguments = shlex.split(command)
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
    assert [option for option, value in pairs if value.startswith(("@/", "/"))] == ["-i", "-e"]
    return [playbook, *(word for option, value in pairs if not value.startswith(("@/", "/")) for word in (option, value))]


def _written(file: pathlib.Path, content: t.Any) -> t.Any:
    """The path of a file with this content; a path or a name is left as it is."""
    if isinstance(content, (str, pathlib.Path)):
        return content
    text = json.dumps(content) if file.suffix == ".json" else yaml.safe_dump(content, sort_keys=False)
    file.write_text(text, encoding="utf-8")
    return file
