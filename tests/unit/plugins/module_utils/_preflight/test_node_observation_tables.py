# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules take out of a result of node_dataplane_info."""

from __future__ import annotations

import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._node import table_owners
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.node_observation import OWN, NodeObservation


def observation(*tables: dict[str, str]) -> dict[str, t.Any]:
    rules = {"mode": "iptables", "leftovers": []}
    return {"kernel": "6.8.0", "kube_proxy": rules, "nft_tables": list(tables), "foreign_jumps": [], "foreign_drops": []}


def test_declared_tables_are_known_by_their_owner() -> None:
    mesh = {"family": "inet", "name": "mesh", "owner": "unknown"}
    ours = {"family": "inet", "name": "fw", "owner": table_owners.OURS, "nft": "1.1.3"}
    look = NodeObservation.from_raw("n1", observation(mesh, ours))
    assert look.own_tables == {"inet fw": "1.1.3"}
    assert look.nft_tables == {"inet mesh": "unknown", "inet fw": OWN}


def test_an_observation_of_0_1_0() -> None:
    """It says unknown of declared tables, and has no version."""
    look = NodeObservation.from_raw("n1", observation({"family": "inet", "name": "fw", "owner": "unknown"}))
    assert (look.own_tables, look.nft_tables) == ({}, {"inet fw": "unknown"})
