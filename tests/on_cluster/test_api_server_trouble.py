# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server that is stopped and started again, or hangs, in each phase of a run: what was not seen is not bad."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.cluster.traffic import Traffic
from tests.support.fleet import Fleet
from tests.support.playbooks import PlaybookRun

State = t.Literal["hung", "stopped"]
STATES: tuple[State, ...] = ("stopped", "hung")
# Of a hang: longer than connecting and TLS may take.
AWAY_SECONDS = {"stopped": 4.0, "hung": 14.0}
LOOK_SECONDS = 0.05

# Whether a run has come to the place where the trouble begins.
Sign = t.Callable[[Fleet], bool]


def in_phase(name: str) -> Sign:
    return lambda fleet: any(phase["name"] == name for record in fleet.records()[-1:] for phase in record["phases"])


def at_the_change(fleet: Fleet) -> bool:
    return bool(fleet.writes())


def during_the_rollout(fleet: Fleet) -> bool:
    return "nftables" in fleet.modes()


def run_with_trouble(fleet: Fleet, cluster: ClusterClient, state: State, signs: t.Sequence[Sign]) -> PlaybookRun:
    """A run in which the API server goes away at each sign, and comes back each time."""
    running = fleet.start()
    try:
        for sign in signs:
            while running.process.poll() is None and not sign(fleet):
                time.sleep(LOOK_SECONDS)
            cluster.set_api_server(state)
            time.sleep(AWAY_SECONDS[state])
            cluster.set_api_server("running")
    finally:
        finished = running.wait(fleet.patience)
    return finished


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("phase", ["feature_registration", "preflight"])
def test_before_the_change(fleet: Fleet, cluster: ClusterClient, state: State, phase: str) -> None:
    """It is waited for or said; nothing was changed yet that could be undone."""
    run = run_with_trouble(fleet, cluster, state, [in_phase(phase)])

    record = fleet.records()[-1]
    if run.returncode == 0:
        assert record["verdict"] == "switched"
        assert fleet.modes() == {"nftables"}
    else:
        assert record["verdict"] == "refused", record
        assert "Kubernetes API server" in record["message"]
        assert cluster.address in record["message"]
        assert fleet.writes() == []
        assert fleet.modes() == {"iptables"}


@pytest.mark.parametrize("state", STATES)
def test_from_the_change_on(fleet: Fleet, cluster: ClusterClient, traffic: Traffic, state: State) -> None:
    """At the change, during the rollout and at the verification, all in one run: it waits, and verifies what it finds then."""
    run = run_with_trouble(fleet, cluster, state, [at_the_change, during_the_rollout, in_phase("verification")])

    assert run.returncode == 0, run.stdout + run.stderr
    record = fleet.records()[-1]
    assert (record["verdict"], record["rollback"]) == ("switched", None), record
    assert len(fleet.writes()) == 1
    assert fleet.modes() == {"nftables"}
    traffic.flows(3)
