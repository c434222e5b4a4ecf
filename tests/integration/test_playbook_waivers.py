# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that an operator waives in a playbook, with a reason and an end."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.fleet import Fleet
from tests.support.simulator import Simulator

OLD = {"properties": {"kubernetesVersion": "1.32", "currentKubernetesVersion": "1.32.9"}}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    simulator.reset()
    simulator.make_cluster("aks-a", patch=OLD)
    simulator.kube("aks-a")
    return Fleet(simulator, tmp_path / "runs")


def test_a_waiver_counts_until_its_last_day_and_is_in_the_record(fleet: Fleet) -> None:
    """The days are as YAML has them without quotes."""
    waivers = "[{id: KP04, reason: tried in test, until: 2126-01-31, ticket: 4711}, KP20]"
    run = fleet.run(arguments=["-e", f"{{aks_dataplane_ignore: {waivers}, aks_dataplane_kube_proxy: {{mode: NFTABLES}}}}"], check=True)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "aks-a: KP04 is waived until 2126-01-31 (4711): tried in test" in run.stdout
    assert "aks-a: KP20 is waived without a reason." in run.stdout


def test_an_expired_waiver_no_longer_counts_and_the_run_says_so(fleet: Fleet) -> None:
    run = fleet.run(arguments=["-e", "{aks_dataplane_ignore: [{id: KP04, reason: tried in test, until: 2026-01-31}]}"])

    assert run.returncode == 2
    assert "aks-a: the waiver of KP04 expired on 2026-01-31, so its findings count again." in run.stdout
    (message,) = run.failures().values()
    assert "The waiver of KP04 expired on 2026-01-31." in message
    (record,) = fleet.records()
    assert record["waivers"] == [{"id": "KP04", "reason": "tried in test", "until": "2026-01-31", "ticket": "", "expired": True}]
    assert record["verdict"] == "refused"


def test_a_wrong_shape_is_refused_with_one_sentence_before_anything_is_asked(fleet: Fleet) -> None:
    fleet.simulator.clear_log()
    run = fleet.run(aks_dataplane_ignore=[{"id": "KP04", "untill": "2026-01-31"}])

    assert run.returncode == 2
    (message,) = run.failures().values()
    assert message.startswith(
        "The entry 1 of aks_dataplane_ignore has the unknown key untill. Did you mean until? Write a waiver as {id: KP21"
    )
    assert fleet.simulator.log() == []


def test_the_audit_takes_them_too(fleet: Fleet) -> None:
    run = fleet.run("aks.dataplane.audit", arguments=["-e", "{aks_dataplane_ignore: [{id: KP04, until: 2026-01-31}]}"])

    assert run.returncode == 0, run.stdout + run.stderr
    assert "The waiver of KP04 expired on 2026-01-31." in run.stdout
