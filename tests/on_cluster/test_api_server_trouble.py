# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server that is stopped, started again, or hangs, in each phase of a run: what was not seen is not bad, and nothing is undone."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest

from tests.cluster.client import ClusterClient
from tests.cluster.traffic import Traffic
from tests.support.fleet import Fleet, phase_of
from tests.support.playbooks import PlaybookRun

State = t.Literal["hung", "stopped"]
# Longer than a question to the API server waits for its answer, and than it takes to start.
AWAY_SECONDS = {"stopped": 4.0, "hung": 14.0}
LOOK_SECONDS = 0.05

# The phases in their order, each with a sign that it is reached.
Sign = t.Callable[[Fleet], bool]


def in_phase(name: str) -> Sign:
    return lambda fleet: any(phase["name"] == name for record in fleet.records()[-1:] for phase in record["phases"])


def changed(fleet: Fleet) -> bool:
    return bool(fleet.writes())


def rolling(fleet: Fleet) -> bool:
    return "nftables" in fleet.modes()


def run_with_trouble(fleet: Fleet, cluster: ClusterClient, state: State, signs: t.Sequence[Sign], **variables: t.Any) -> PlaybookRun:
    """A run in which the API server goes away at each sign; it comes back each time."""
    running = fleet.start(**variables)
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
