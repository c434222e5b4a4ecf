# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-inventory as its users do, over sources of the inventory plugins."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import subprocess
import sys
import typing as t

import yaml

from .output import check_output
from .simulator import clean_environment

Source = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class InventoryRun:
    """A finished run. inventory: what C(--list) printed, with the text of Azure as plain text; empty for other arguments."""

    returncode: int
    stdout: str
    stderr: str
    inventory: dict[str, t.Any]

    @property
    def hosts(self) -> dict[str, dict[str, t.Any]]:
        return dict(self.inventory["_meta"]["hostvars"])

    def group(self, name: str) -> list[str]:
        return sorted(self.inventory.get(name, {}).get("hosts", []))


class Inventories:
    """Sources in a folder, which is the home directory of the runs as well."""

    def __init__(self, folder: pathlib.Path, environment: t.Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = dict(environment)

    def write(self, source: Source, name: str = "clusters.aks.yml", plugin: str = "aks_clusters") -> pathlib.Path:
        path = self.folder / name
        path.write_text(yaml.safe_dump({"plugin": f"aks.dataplane.{plugin}", **source}, sort_keys=False), encoding="utf-8")
        return path

    def run(self, *sources: pathlib.Path, arguments: t.Sequence[str] = ("--list",), **environment: str) -> InventoryRun:
        options = [word for source in sources for word in ("--inventory", str(source))]
        done = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "ansible-inventory"), *options, *arguments],
            cwd=self.folder,
            env={
                **clean_environment(),
                "HOME": str(self.folder),
                "ANSIBLE_HOME": str(self.folder / "ansible"),
                "ANSIBLE_NOCOLOR": "1",
                **self.environment,
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        check_output(done.stdout + done.stderr, "ansible-inventory")
        reported = json.loads(done.stdout, object_hook=_plain) if "--list" in arguments and done.returncode == 0 else {}
        return InventoryRun(done.returncode, done.stdout, done.stderr, reported)


def _plain(value: dict[str, t.Any]) -> t.Any:
    """Ansible marks text that is no template."""
    return value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else value


def documented_examples(text: str) -> list[dict[str, t.Any]]:
    """The inventory sources in the EXAMPLES of a plugin: the first one, and those that follow as comments, each indented below its title."""
    commented = re.findall(r"(?:^#   .*\n?)+", text, re.MULTILINE)
    return [yaml.safe_load(text), *(yaml.safe_load(re.sub(r"^#   ", "", source, flags=re.MULTILINE)) for source in commented)]
