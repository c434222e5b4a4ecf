# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulators for the integration tests, one of each kind per worker, reset before each test that uses it, and nodes for nftables rules.

simulator: clusters aks-a and aks-b with three remembered nodes each, very fast, the kube-proxy preview feature in effect.
netns_simulator: the same with nodes as real network namespaces.
azure_env: environment variables with the credentials for C(simulator).
quick_waits: modules that wait look ten times as often as they are set to.
nft_node: a node with this machine's nft. any_nft_node: one with each version of nft at hand, in turn.
"""

from __future__ import annotations

import os
import pathlib
import time
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._work.stepwise import wait_for

from tests.support.nft.lab import LabNode
from tests.support.nft.versions import folders, sshd
from tests.support.simulator import Simulator
from tools.aside.programs import NEWER

NFT = folders()
# Without sshd, or without root, which it needs.
collect_ignore = [] if sshd() and os.geteuid() == 0 else ["test_example_node_firewall.py", "test_nft_confirm_ssh.py"]


def pytest_report_header() -> list[str]:
    nft = f"nft: {', '.join(NFT)}"
    why = "tools/setup.sh could not fetch it, or did not run"
    return [
        nft if NEWER.folder.exists() else f"{nft}; left out: a newer one ({why})",
        *([f"left out: tests over ssh (they need root, and sshd: {why})"] if collect_ignore else []),
    ]


@pytest.fixture(scope="session")
def _memory_simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Simulator]:
    with Simulator.started(tmp_path_factory.mktemp("simulator")) as started:
        yield started


@pytest.fixture(scope="session")
def _namespace_simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Simulator]:
    with Simulator.started(tmp_path_factory.mktemp("netns"), node_kind="netns", scale=0.005) as started:
        yield started


@pytest.fixture
def simulator(_memory_simulator: Simulator) -> Simulator:
    _memory_simulator.reset()
    return _memory_simulator


@pytest.fixture
def netns_simulator(_namespace_simulator: Simulator) -> Simulator:
    _namespace_simulator.reset()
    return _namespace_simulator


@pytest.fixture
def azure_env(simulator: Simulator) -> dict[str, str]:
    return simulator.environment()


@pytest.fixture
def quick_waits(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    # The simulator is faster than the shortest pause that a module can be set to.
    monkeypatch.setitem(wait_for.__kwdefaults__, "sleep", lambda seconds: time.sleep(max(seconds / 10, min(seconds, 0.1))))
    yield
    simulator.clear_faults()
    simulator.settings(retry_after=None)


@pytest.fixture
def nft_node() -> t.Iterator[LabNode]:
    with LabNode() as node:
        yield node


# This machine's own comes first. What differs with another one seldom changes from one commit to the next.
@pytest.fixture(
    params=[
        pytest.param(folder, id=version, marks=[pytest.mark.slow] if number else []) for number, (version, folder) in enumerate(NFT.items())
    ]
)
def any_nft_node(request: pytest.FixtureRequest) -> t.Iterator[LabNode]:
    folder: pathlib.Path = request.param
    with LabNode(folder) as node:
        yield node
