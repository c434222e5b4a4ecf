# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes cluster for the tests in here: made once, put back before each test.

cloud: the simulated Azure; its cluster aks-a is real, with three nodes, and aks-b is simulated.
cluster: the real one itself, of which tests stop parts. traffic: what its clients have seen.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import sys
import typing as t

import pytest

from tests.cluster import front, running
from tests.cluster.client import ClusterClient
from tests.cluster.errors import ClusterError
from tests.cluster.traffic import Traffic
from tests.support.cluster_ruleset import ClusterRuleset, cluster_ruleset
from tests.support.fleet import Fleet
from tests.support.simulator import Simulator


@dataclasses.dataclass(frozen=True)
class _Started:
    cluster: ClusterClient
    cloud: Simulator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == pathlib.Path(__file__).parent:
            item.add_marker(pytest.mark.cluster)
            item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def _started(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[_Started]:
    with contextlib.ExitStack() as ends:
        try:
            cached = running.prepare(lambda text: print(f"cluster: {text}", file=sys.stderr))
            cluster = ends.enter_context(running.started(cached))
            cloud = ends.enter_context(front.azure(cluster, tmp_path_factory.mktemp("azure")))
        except ClusterError as reason:
            # Once, and as the last that is said.
            pytest.exit(f"there is no real cluster here: {reason}", returncode=1)
        yield _Started(cluster, cloud)


@pytest.fixture
def cluster(_started: _Started) -> t.Iterator[ClusterClient]:
    yield _started.cluster
    _started.cluster.set_api_server("running")


@pytest.fixture
def cloud(_started: _Started) -> Simulator:
    _started.cloud.reset()
    return _started.cloud


@pytest.fixture
def traffic(_started: _Started, cloud: Simulator) -> Traffic:
    return Traffic(_started.cluster.api)


@pytest.fixture
def ruleset(cloud: Simulator, cluster: ClusterClient) -> t.Iterator[ClusterRuleset]:
    with cluster_ruleset(cloud, cluster) as made:
        yield made


@pytest.fixture
def fleet(cloud: Simulator, tmp_path: pathlib.Path) -> Fleet:
    made = Fleet(cloud, tmp_path / "runs")
    made.patience = 600
    made.variables.update(aks_dataplane_rollout_timeout=240, aks_dataplane_wait_timeout=240)
    return made
