# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The project of AWX: the folder that the examples ship for it, and which playbooks AWX offers of a folder."""

from __future__ import annotations

import pathlib
import re

from ..simulator import ROOT

PROJECT = ROOT / "examples" / "awx" / "project"

# AWX goes by lines, so that broken YAML is offered, too.
_PLAYS = re.compile(r"^\s*?-?\s*?(?:hosts|(?:ansible\.builtin\.)?import_playbook|(?:ansible\.builtin\.)?include):")
_VAULT = "$ANSIBLE_VAULT;"
_SKIPPED = {"roles", "tasks", "group_vars", "host_vars"}


def offered(project: pathlib.Path) -> list[str]:
    """What the form of a job template lists for the project: paths in it, sorted."""
    files = [path.relative_to(project) for path in project.rglob("*") if path.suffix in (".yml", ".yaml") and path.is_file()]
    return sorted(str(file) for file in files if not _is_skipped(file.parent) and _looks_like_a_playbook(project / file))


def _is_skipped(folder: pathlib.Path) -> bool:
    return any(part in _SKIPPED or part.startswith(".") for part in folder.parts)


def _looks_like_a_playbook(file: pathlib.Path) -> bool:
    text = file.read_text(encoding="utf-8", errors="ignore")
    return text.startswith(_VAULT) or any(_PLAYS.match(line) for line in text.splitlines())
