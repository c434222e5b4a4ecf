# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of a cluster say, for the tests of the decisions of a run."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings

DECLARING = ("kube_proxy", "host_routing", "enable_acns", "ruleset_nodes")


def changed(settings: Settings, **changes: t.Any) -> Settings:
    """With other fields; variables that declare a data plane go without C(aks_dataplane_)."""
    declared = {f"aks_dataplane_{name}": changes.pop(name) for name in DECLARING if name in changes}
    return dataclasses.replace(settings, declared={**settings.declared, **declared}, **changes)
