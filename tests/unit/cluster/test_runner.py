# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Azure does to a real cluster is done also while its API server is away for a while, and is done when the controllers have seen it."""

from __future__ import annotations

import typing as t

import pytest

from tests.cluster import runner
from tests.cluster.api import Answer
from tests.cluster.client import ClusterClient
from tests.cluster.runner import ClusterRunner

DAEMON_SET = {"kind": "DaemonSet"}
AWAY = ConnectionRefusedError(111, "Connection refused")
STARTING = Answer(503, {}, "apiserver is starting")


class Server:
    """Answers from a list first, then as a cluster does whose controllers see a change at the third look."""

    def __init__(self) -> None:
        self.first: list[Answer | OSError] = []
        self.asked: list[str] = []
        self.looks = 0

    def request(self, method: str, path: str, body: t.Any = None, kind: str = "application/json") -> Answer:
        self.asked.append(f"{method} {path.partition('?')[0]}")
        if self.first:
            answer = self.first.pop(0)
            if isinstance(answer, OSError):
                raise answer
            return answer
        if method == "PATCH":
            return Answer(200, {}, {"metadata": {"generation": 2}})
        self.looks += 1
        return Answer(200, {}, {"metadata": {"generation": 2}, "status": {"observedGeneration": 2 if self.looks > 2 else 1}})


class Cluster:
    def __init__(self, server: Server) -> None:
        self.api, self.address, self.authority, self.tokens = server, "https://127.0.0.1:1", "", dict[str, str]()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.0)
    return Server()


@pytest.fixture
def real(server: Server) -> ClusterRunner:
    made = ClusterRunner(t.cast(ClusterClient, Cluster(server)))
    server.asked.clear()
    return made


@pytest.mark.parametrize("trouble", [[], [AWAY, AWAY, STARTING], [Answer(429, {}, "busy"), AWAY]])
def test_a_change_is_made_when_the_server_is_back_and_is_over_when_it_was_seen(
    real: ClusterRunner, server: Server, trouble: list[Answer | OSError]
) -> None:
    server.first = list(trouble)

    real.set_proxy(DAEMON_SET)

    assert server.asked == [f"PATCH {runner.DAEMON_SET}"] * (len(trouble) + 1) + [f"GET {runner.DAEMON_SET}"] * 3


def test_kube_proxy_is_taken_away_when_the_server_is_back(real: ClusterRunner, server: Server) -> None:
    server.first = [AWAY]

    real.set_proxy(None)

    assert server.asked == [f"DELETE {runner.DAEMON_SET}"] * 2


@pytest.mark.parametrize(("trouble", "error"), [(AWAY, OSError), (STARTING, ValueError)])
def test_a_server_that_stays_away_is_given_up(
    real: ClusterRunner, server: Server, monkeypatch: pytest.MonkeyPatch, trouble: Answer | OSError, error: type[Exception]
) -> None:
    monkeypatch.setattr(runner, "READY_SECONDS", -1.0)
    server.first = [trouble]

    with pytest.raises(error):
        real.set_proxy(DAEMON_SET)


def test_a_refusal_is_not_repeated(real: ClusterRunner, server: Server) -> None:
    server.first = [Answer(422, {}, "invalid")]

    with pytest.raises(ValueError, match="invalid"):
        real.set_proxy(DAEMON_SET)

    assert len(server.asked) == 1
