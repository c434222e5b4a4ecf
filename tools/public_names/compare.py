# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recorded name promised and a later tree does not keep."""

from __future__ import annotations

import typing as t

from .model import Name, Names
from .plugins import PARTS
from .renames import Rename

# By kind: the kind of what its names begin with.
OWNERS = {part: kind for kind, parts in PARTS.items() for part in parts} | {"role_options": "role_entry_points"}
# An action plugin goes with the module of its name.
SAME = {"action_plugins": "modules"}


def broken_names(recorded: Names, now: Names, renames: t.Collection[Rename]) -> list[str]:
    """One line for each promise. renames: those that are declared; whether they are complete is not looked at here."""
    declared = {(rename.kind, rename.old, rename.new) for rename in renames}
    found = []
    for kind, names in recorded.items():
        there = now.get(kind, {})
        for name, promised in names.items():
            kept = there.get(name)
            if kept is None:
                found.append(f"{kind}: {name} is gone")
                continue
            found += [f"{kind}: {name} {complaint}" for complaint in _changed(promised, kept)]
            if kept.stands_for not in ("", promised.stands_for) and (SAME.get(kind, kind), name, kept.stands_for) not in declared:
                found.append(f"{kind}: {name} has become another name of {kept.stands_for}, and that is not declared")
        found += [f"{kind}: {name} is new, and required" for name in there if there[name].required and _is_added(recorded, kind, name)]
    return found


def _changed(promised: Name, kept: Name) -> t.Iterator[str]:
    lost = [value for value in promised.values if value not in kept.values]
    if lost:
        yield f"has lost {', '.join(lost)}"
    # What took text alone may take more.
    if promised.type not in ("", kept.type, kept.type.replace(" of raw", " of str")):
        yield f"was {promised.type}, and is {kept.type or 'without a type'}"
    if kept.required and not promised.required:
        yield "has become required"


def _is_added(recorded: Names, kind: str, name: str) -> bool:
    """Whether it is a new part of something that was there."""
    owner = name.rpartition(".")[0]
    return name not in recorded[kind] and (owner in recorded[kind] or owner in recorded.get(OWNERS.get(kind, ""), {}))
