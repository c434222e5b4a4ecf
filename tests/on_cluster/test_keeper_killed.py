# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small part of what make chaos does on a real cluster: programs that are killed while rules change."""

from __future__ import annotations

from tests.support.cluster_ruleset import ClusterRuleset
from tests.support.keeper_kills import CONTAINERD, KEEPER, KUBELET, Kills

KILLS = 20


def test_tables_are_old_or_new(ruleset: ClusterRuleset) -> None:
    kills = Kills(ruleset, seed=9)
    kills.carry_out(KILLS)
    assert set(kills.done) == {KEEPER, KUBELET, CONTAINERD}
    assert kills.violations == []
