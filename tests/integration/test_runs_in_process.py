# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runs without Ansible that random trouble is tried on end as those with Ansible do, and what is said of them is true."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.random_runs import CLUSTER, KUBE, MODE, Cloud, Trouble


def test_a_run_without_trouble(tmp_path: pathlib.Path) -> None:
    with Cloud(tmp_path) as cloud:
        run = cloud.switch()
    assert (run.green, run.verdict, run.story) == (True, "switched", "")
    assert (run.puts, run.mode, run.modes) == ([MODE.upper()], MODE.upper(), {MODE})
    assert run.verified
    assert not run.rolled_back


def test_a_second_run_changes_nothing(tmp_path: pathlib.Path) -> None:
    with Cloud(tmp_path) as cloud:
        first, second = cloud.switch(), cloud.switch()
    assert (first.verdict, second.verdict) == ("switched", "unchanged")
    assert second.puts == first.puts


def test_a_node_that_runs_something_else_is_taken_back(tmp_path: pathlib.Path) -> None:
    """Seen to be wrong, which is what a rollback is for."""
    with Cloud(tmp_path) as cloud:
        cloud.fault("crash_loop", path=f"{CLUSTER}/.*1$", mode=MODE)
        run = cloud.switch(aks_dataplane_rollout_timeout=60)
    assert (run.green, run.verdict, run.rolled_back) == (False, "rolled_back", True)
    assert (run.puts, run.modes) == ([MODE.upper(), "IPTABLES"], {"iptables"})
    assert not run.verified


def test_nodes_that_are_not_asked_are_not_verified(tmp_path: pathlib.Path) -> None:
    with Cloud(tmp_path) as cloud:
        run = cloud.switch(aks_dataplane_kubernetes=False)
    assert (run.green, run.verdict, run.verified) == (True, "unverified", False)


@pytest.mark.parametrize(
    ("kind", "details", "words"),
    [
        ("refused", {}, "is unreachable: Connection refused"),
        ("handshake", {"times": None}, "the answer took too long"),
        ("hang", {"times": None}, "the answer took too long"),
        ("reset", {"times": None}, "Connection reset by peer"),
        ("starting", {"times": None}, 'User "clusterUser" cannot list resource'),
        ("unauthorized", {"times": None}, "does not accept the credentials"),
    ],
)
def test_trouble_reaches_the_run_as_it_would_from_a_real_connection(
    tmp_path: pathlib.Path, kind: str, details: dict[str, int | None], words: str
) -> None:
    with Cloud(tmp_path) as cloud:
        cloud.fault(kind, path=KUBE, moment="accepted", **details)
        run = cloud.switch()
    assert not run.green
    assert words in run.story


def test_a_seed_stands_for_one_schedule() -> None:
    assert [Trouble.at_random(seed) for seed in range(20)] == [Trouble.at_random(seed) for seed in range(20)]
    assert len({str(Trouble.at_random(seed).faults) for seed in range(20)}) == 20
