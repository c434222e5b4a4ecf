# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job as AWX runs it: ansible-runner in a private data directory with the credential's environment, the extra variables and the inventory
that AWX writes there, and the job's events and artifacts read back as AWX reads them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import typing as t

import yaml

from ..output import check_output
from ..simulator import Simulator, clean_environment
from .project import PROJECT

Json = dict[str, t.Any]

# AWX's settings with their defaults.
EVENT_STDOUT_MAX_BYTES_DISPLAY = 1024
MAX_EVENT_RES_DATA = 700_000

_number = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Job:
    """A job that has ended. events: in their order; artifacts: what the next nodes of a workflow are handed; folder: all that is left of it."""

    returncode: int
    events: list[Json]
    artifacts: Json
    folder: pathlib.Path

    @property
    def stdout(self) -> str:
        return "\n".join(event["stdout"] for event in self.events)

    def results(self, action: str) -> list[Json]:
        """Events of tasks with this action that have ended, by its full name."""
        ends = ("runner_on_ok", "runner_on_failed", "runner_item_on_ok")
        return [event for event in self.events if event["event"] in ends and event["event_data"].get("task_action") == action]


class _Unsafe(str):
    """Text that AWX marks, so that no template in it is followed."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: t.Any) -> bool:
        return True


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style="'"))


def _marked(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {key: _marked(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner) for inner in value]
    return _Unsafe(value) if isinstance(value, str) else value


def environment(simulator: Simulator) -> dict[str, str]:
    """What the built-in credential "Microsoft Azure Resource Manager" injects; and the certificate authority of the simulated Azure, as of an image."""
    return simulator.environment()


def run_job(
    folder: pathlib.Path,
    template: t.Mapping[str, t.Any],
    inventory: t.Mapping[str, t.Any],
    credentials: t.Mapping[str, str],
    *,
    extra_vars: t.Mapping[str, t.Any] | None = None,
    limit: str = "",
    project: pathlib.Path = PROJECT,
) -> Job:
    """Run a job of the template.

    folder: where jobs have their directories. inventory: as C(ansible-inventory --list) prints it. credentials: environment variables.
    extra_vars: of the launch, or of the nodes before in a workflow. project: the folder that is copied for the job, as far as a job needs it.
    """
    number = next(_number)
    data = folder / f"awx_{number}"
    survey = template.get("survey_spec", {}).get("spec", []) if template.get("survey_enabled") else []
    of_template = dict(template.get("extra_vars") or {})
    variables = {
        **_about(number, template),
        **of_template,
        **_marked({question["variable"]: question["default"] for question in survey}),
        **_marked(dict(extra_vars or {})),
    }
    _write(data / "env" / "extravars", yaml.dump(variables, Dumper=_Dumper, sort_keys=False))
    _write(data / "env" / "envvars", yaml.safe_dump({**_settings(number, data), **credentials}))
    _write(data / "env" / "cmdline", _arguments(template, limit))
    # A script, as AWX makes it.
    script = _write(data / "inventory" / "hosts", f"#! /usr/bin/env python3\nprint({json.dumps(inventory)!r})\n")
    script.chmod(stat.S_IRWXU)
    shutil.copytree(project / "playbooks", data / "project" / "playbooks")
    program = str(pathlib.Path(sys.executable).parent / "ansible-runner")
    command = [program, "run", str(data), "--playbook", template["playbook"], "--ident", str(number), "--quiet"]
    outer = {**clean_environment(), "PATH": os.pathsep.join([str(pathlib.Path(program).parent), os.environ["PATH"]]), "HOME": str(data)}
    done = subprocess.run(command, cwd=data, env=outer, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.stderr.strip():
        raise RuntimeError(done.stderr)
    job = _read(data, number, done.returncode)
    check_output(job.stdout, f"the job {template['playbook']}")
    return job


def update_inventory(
    source: t.Mapping[str, t.Any], credentials: t.Mapping[str, str], folder: pathlib.Path, variables: t.Mapping[str, t.Any]
) -> Json:
    """What AWX has in the inventory after an update by the source. variables: of the inventory itself."""
    command = [str(pathlib.Path(sys.executable).parent / "ansible-inventory"), "--list", "--export", "-i", source["source_path"]]
    outer = {**clean_environment(), **_settings(0, folder), **credentials}
    listed = json.loads(subprocess.run(command, cwd=PROJECT, env=outer, stdin=subprocess.DEVNULL, capture_output=True, check=True).stdout)
    return {**listed, "all": {**listed["all"], "vars": {**listed["all"].get("vars", {}), **variables}}}


def _about(number: int, template: t.Mapping[str, t.Any]) -> Json:
    """The variables that describe the job to itself; each has two names."""
    facts = {
        "job_id": number,
        "job_launch_type": "workflow",
        "workflow_job_id": 1,
        "workflow_job_name": "a workflow",
        "user_id": 1,
        "user_name": "admin",
        "user_email": "",
        "user_first_name": "",
        "user_last_name": "",
        "inventory_id": 1,
        "inventory_name": template["inventory"],
        "job_template_id": 1,
        "job_template_name": template["name"],
        "project_revision": "0" * 40,
        "project_scm_branch": "",
        "execution_node": "runner",
    }
    return {f"{prefix}_{name}": _marked(value) for name, value in facts.items() for prefix in ("awx", "tower")}


def _settings(number: int, data: pathlib.Path) -> dict[str, str]:
    return {
        "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""),
        "ANSIBLE_FORCE_COLOR": "True",
        "ANSIBLE_HOST_KEY_CHECKING": "False",
        "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
        "ANSIBLE_RETRY_FILES_ENABLED": "False",
        "MAX_EVENT_RES": str(MAX_EVENT_RES_DATA),
        "AWX_PRIVATE_DATA_DIR": str(data),
        "JOB_ID": str(number),
        "INVENTORY_ID": "1",
        "HOME": str(data),
    }


def _arguments(template: t.Mapping[str, t.Any], limit: str) -> str:
    check = ["--check"] if template["job_type"] == "check" else []
    diff = ["--diff"] if template.get("diff_mode") else []
    return " ".join([*check, *diff, *(["--limit", limit] if limit else [])])


def _write(file: pathlib.Path, text: str) -> pathlib.Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def _read(data: pathlib.Path, number: int, returncode: int) -> Job:
    files = (data / "artifacts" / str(number) / "job_events").glob("*.json")
    events = sorted(
        (json.loads(file.read_text(encoding="utf-8")) for file in files if "partial" not in file.name), key=lambda event: event["counter"]
    )
    stats = [event["event_data"] for event in events if event["event"] == "playbook_on_stats"]
    return Job(returncode, events, stats[-1].get("artifact_data", {}) if stats else {}, data)
