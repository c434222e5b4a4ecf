# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AKS's run command: waited for, with a token where the cluster needs one, and each way in which it can fail named."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import Answer
from ansible_collections.aks.dataplane.plugins.module_utils._arm.commands import COMMAND_SECONDS, Commands, Printed
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError

URL = "https://management.azure.com/x/commandResults/1?api-version=v"
ACCEPTED = Answer(202, None, {"location": URL})
DONE = {"provisioningState": "Succeeded", "exitCode": 0, "logs": "out"}


class Azure:
    """The clusters and the client in one; following: the answers to the polls, the last one for ever."""

    def __init__(self, *following: Answer, **properties: t.Any) -> None:
        self.cluster: dict[str, t.Any] | None = {"properties": properties}
        self.following = list(following)
        self.sent: list[dict[str, t.Any]] = []
        self.urls: list[str] = []
        self.now = 0.0
        self.slept: list[float] = []

    def get(self, resource_group: str, name: str) -> dict[str, t.Any] | None:
        return self.cluster

    def run_command(self, resource_group: str, name: str, body: dict[str, t.Any]) -> Answer:
        self.sent.append(body)
        return ACCEPTED

    def get_url(self, url: str, what: str) -> Answer:
        self.urls.append(url)
        return self.following.pop(0) if len(self.following) > 1 else self.following[0]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def run(self) -> Printed:
        one = t.cast(t.Any, self)
        return Commands(one, one, "rg", "aks-a", lambda: f"token-{len(self.sent)}", self.sleep, lambda: self.now).run("kubectl version")


def result(**properties: t.Any) -> Answer:
    return Answer(200, {"id": "1", "properties": {**DONE, **properties}}, {})


def test_the_result_is_waited_for() -> None:
    azure = Azure(Answer(202, None, {"location": URL + "&n=2", "retry-after": "7"}), Answer(202, None, {}), result())
    assert azure.run() == Printed("out", 0)
    assert azure.urls == [URL, URL + "&n=2", URL + "&n=2"]
    assert azure.slept == [2.0, 7.0, 2.0]
    assert azure.sent == [{"command": "kubectl version", "context": ""}]


def test_clusters_with_entra_get_a_token_each_time() -> None:
    azure = Azure(result(), aadProfile={"managed": True})
    one = t.cast(t.Any, azure)
    commands = Commands(one, one, "rg", "aks-a", lambda: f"token-{len(azure.sent)}", azure.sleep, lambda: azure.now)
    commands.run("a")
    commands.run("b")
    assert [body["clusterToken"] for body in azure.sent] == ["token-0", "token-1"]


@pytest.mark.parametrize(
    ("azure", "code", "words"),
    [
        (
            Azure(result(), apiServerAccessProfile={"disableRunCommand": True}),
            "RunCommandDisabled",
            "az aks update --resource-group rg --name aks-a",
        ),
        (Azure(result(provisioningState="Failed", reason="no place.")), "RunCommandFailed", "failed: no place."),
        (Azure(Answer(202, None, {})), "RunCommandFailed", f"did not end within {COMMAND_SECONDS:.0f} seconds"),
        (Azure(Answer(200, "what", {})), "RunCommandFailed", "no readable result"),
        (Azure(result(logs=None)), "RunCommandFailed", "no readable result"),
    ],
)
def test_each_failure_is_named(azure: Azure, code: str, words: str) -> None:
    with pytest.raises(ArmError) as caught:
        azure.run()
    assert caught.value.code == code
    assert words in caught.value.text
    assert (code == "RunCommandDisabled") == (azure.sent == [])


def test_a_cluster_that_is_not_there() -> None:
    azure = Azure(result())
    azure.cluster = None
    with pytest.raises(ArmError) as caught:
        azure.run()
    assert caught.value.code == "ResourceNotFound"
