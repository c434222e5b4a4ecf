# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All public names of the collection."""

from __future__ import annotations

from pathlib import Path

from .awx import awx_names
from .fleet import fleet_names
from .model import Names
from .pages import add_described, described_names
from .plugins import plugin_names
from .records import record_names
from .roles import playbook_names, role_names


def written_names(root: Path) -> Names:
    """Those that stand in files of the checkout C(root)."""
    names = {**plugin_names(root), **role_names(root), **playbook_names(root), **awx_names(root)}
    names |= described_names(root, names)
    return {kind: found for kind, found in names.items() if found}


def public_names(root: Path, records: Path) -> Names:
    """root: the checkout that this runs in. records: a folder with run records that it has written."""
    return {**written_names(root), **fleet_names(), "record": add_described(root, record_names(records))}
