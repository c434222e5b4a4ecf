# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON values taken apart, to see what differs between two."""

from __future__ import annotations

import typing as t

Keys = tuple[str, ...]


def facts(node: t.Any, keys: Keys = ()) -> dict[Keys, t.Any]:
    """Everything that a JSON value says: each scalar and each kind of container, by its path."""
    if isinstance(node, dict):
        found: dict[Keys, t.Any] = {keys: dict}
        children = list(node.items())
    elif isinstance(node, list):
        found = {keys: (list, len(node))}
        children = [(str(index), child) for index, child in enumerate(node)]
    else:
        return {keys: (type(node), node)}
    for key, child in children:
        found |= facts(child, (*keys, key))
    return found
