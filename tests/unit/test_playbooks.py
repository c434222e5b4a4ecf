# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all playbooks have in common."""

from __future__ import annotations

import pathlib

import pytest
import yaml

FOLDER = pathlib.Path(__file__).parents[2] / "playbooks"
# Of clusters; the other ones are of nodes.
OF_CLUSTERS = sorted(path.stem for path in FOLDER.glob("*.yml") if path.stem != "node_ruleset")


@pytest.mark.parametrize("name", OF_CLUSTERS)
def test_each_cluster_is_asked_for_in_its_own_subscription(name: str) -> None:
    """An inventory of several subscriptions has aks_dataplane_subscription_id for each host."""
    working = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))[-1]
    assert working["module_defaults"] == {
        "group/aks.dataplane.azure": {"subscription_id": "{{ aks_dataplane_subscription_id | default('') }}"},
    }
