# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of run records, and the values of those that have few."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from .model import Name

CHOSEN = ("nodes.state", "phases.name", "phases.status", "rollback.status", "subject", "verdict")


def record_keys(data: t.Any, path: str = "") -> t.Iterator[tuple[str, t.Any]]:
    """Every key of nested objects, joined with dots, and its value; lists add nothing to the path."""
    if isinstance(data, dict):
        for key, value in data.items():
            name = f"{path}.{key}" if path else str(key)
            yield name, value
            yield from record_keys(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from record_keys(value, path)


def record_names(folder: Path) -> dict[str, Name]:
    """Of all records below the folder, which runs have written."""
    found: dict[str, set[str]] = {}
    for file in sorted(folder.rglob("*.json")):
        for name, value in record_keys(json.loads(file.read_text(encoding="utf-8"))):
            values = found.setdefault(name, set())
            if name in CHOSEN and value is not None:
                values.add(str(value))
    return {name: Name(values=tuple(sorted(values))) for name, values in found.items()}
