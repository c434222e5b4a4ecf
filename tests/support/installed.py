# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as its users get it: installed from the tarball, in an environment with nothing but what it says it needs.

Only what stands for Azure, Kubernetes and a node comes from this checkout, in processes of its own.
"""

from __future__ import annotations

import pathlib
import re
import typing as t

import yaml

from tools.release_check.programs import CONSTRAINTS, ROOT, Bench, environment

from .playbooks import recap

COLLECTION = "aks.dataplane"


def changes(output: str) -> dict[str, int]:
    """By host, from the recap of a playbook; the implicit host of plays that ask for all clusters is not counted."""
    return {host: number for host, number in recap(output).items() if host != "localhost"}


def ansible_core() -> str:
    """The requirement of the development environment, with its exact version."""
    found = re.search(r"^ansible-core==\S+$", (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "requirements/dev.txt has no exact version of ansible-core"
    return found[0]


class Installed:
    """The tarball installed below C(folder), and the programs that use it. env: added to their environment.

    Problem, with its output, when a program fails.
    """

    def __init__(self, tarball: pathlib.Path, folder: pathlib.Path, env: t.Mapping[str, str]) -> None:
        self.folder = folder
        collections = folder / "collections"
        self.root = collections / "ansible_collections" / "aks" / "dataplane"
        programs = environment("trial", ansible_core(), "-r", str(ROOT / "meta" / "ee-requirements.txt"), "-c", str(CONSTRAINTS))
        bench = Bench(
            folder,
            programs,
            ANSIBLE_COLLECTIONS_PATH=str(collections),
            ANSIBLE_LOCALHOST_WARNING="false",
            ANSIBLE_INJECT_FACT_VARS="false",
            **env,
        )
        self.run = bench.run
        self.run("ansible-galaxy", "collection", "install", str(tarball), "-p", str(collections), "--offline")

    def play(self, playbook: str, inventory: t.Mapping[str, t.Any], *arguments: str) -> dict[str, int]:
        """How many changes each host had."""
        file = self.folder / "inventory.yml"
        file.write_text(yaml.safe_dump(inventory), encoding="utf-8")
        return changes(self.run("ansible-playbook", "-i", str(file), *arguments, f"{COLLECTION}.{playbook}"))
