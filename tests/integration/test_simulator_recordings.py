# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator answers recorded requests as Azure did."""

from __future__ import annotations

import json
import time
import typing as t

import pytest

from tests.support.raw import Answer, Raw
from tests.support.simulator import ROOT, Simulator

RECORDINGS = ROOT / "tests" / "fixtures" / "recordings"
VERSION = "2025-09-02-preview"

# recording, seed, positions of: GET before, PUT, last GET
CASES = [
    pytest.param("aks_update_with_kube_proxy_config", "kubenet-iptables", 13, 14, 21, id="kube-proxy"),
    pytest.param("aks_create_with_acns_performance", "cilium-acns", 15, 17, 23, id="acns"),
]


def recorded(simulator: Simulator, name: str) -> list[dict[str, t.Any]]:
    """The exchanges, with the simulator's subscription and resource group in them."""
    text = (RECORDINGS / f"{name}.json").read_text(encoding="utf-8")
    text = text.replace("00000000-0000-0000-0000-000000000000", simulator.subscription_id)
    return json.loads(text.replace("clitest000001", simulator.resource_group))


def without_etags(value: t.Any) -> t.Any:
    """Without eTags, and without the empty label map that only the recorded PUT answers hold."""
    if isinstance(value, list):
        return [without_etags(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: without_etags(item) for key, item in value.items() if key != "eTag" and not (key == "nodeLabels" and not item)}


def polled(raw: Raw, url: str) -> list[Answer]:
    answers = [raw.arm("GET", url)]
    while answers[-1].body["status"] != "Succeeded":
        time.sleep(0.01)
        answers.append(raw.arm("GET", url))
    return answers


def in_order(statuses: t.Sequence[str]) -> list[str]:
    return [status for index, status in enumerate(statuses) if index == 0 or statuses[index - 1] != status]


@pytest.mark.parametrize(("recording", "seed", "before", "put", "after"), CASES)
def test_update(simulator: Simulator, recording: str, seed: str, before: int, put: int, after: int) -> None:
    exchanges = recorded(simulator, recording)
    name = exchanges[before]["response"]["body"]["name"]
    count = exchanges[before]["response"]["body"]["properties"]["agentPoolProfiles"][0]["count"]
    # One was recorded when there were no eTags yet.
    patch = {} if "eTag" in exchanges[before]["response"]["body"] else {"eTag": None}
    simulator.make_cluster(name, seed=seed, nodes=count, patch=patch)
    raw, path = Raw(simulator), Raw(simulator).cluster_path(name)

    first = raw.arm("GET", path, version=VERSION)
    assert first.status == 200
    assert without_etags(first.body) == without_etags(exchanges[before]["response"]["body"])

    # Slow enough to be seen at its beginning on a busy machine.
    simulator.settings(scale=0.1)
    accepted = raw.arm("PUT", path, exchanges[put]["request"]["body"], version=VERSION)
    simulator.settings(scale=0.002)
    assert accepted.status == exchanges[put]["response"]["status"] == 200
    assert without_etags(accepted.body) == without_etags(exchanges[put]["response"]["body"])
    assert {"azure-asyncoperation", "content-type", "x-ms-ratelimit-remaining-subscription-writes"} <= set(accepted.headers)
    assert "etag" not in accepted.headers

    polls = polled(raw, accepted.headers["azure-asyncoperation"])
    statuses = in_order([answer.body["status"] for answer in polls])
    reported = in_order([e["response"]["body"]["status"] for e in exchanges[put + 1 : after]])
    assert [status for status in statuses if status in reported] == reported
    # When it was recorded, AKS did not replace the nodes yet.
    usual = [status for status in statuses if not status.startswith("UpgradingAgentPools: ")]
    assert usual == ["InProgress", "ProvisioningControlPlane", "ReconcilingAddons", "Succeeded"]
    assert {"name", "status", "startTime"} == set(polls[0].body)
    assert {"name", "status", "startTime", "endTime"} == set(polls[-1].body)

    last = raw.arm("GET", path, version=VERSION)
    assert without_etags(last.body) == without_etags(exchanges[after]["response"]["body"])
    assert ("eTag" in last.body) == ("eTag" in exchanges[after]["response"]["body"])
    if "eTag" in last.body:
        assert accepted.body["eTag"] == first.body["eTag"] != last.body["eTag"]


@pytest.mark.parametrize(
    ("recording", "before", "after"),
    [
        pytest.param("aks_create_with_kube_proxy_config", 0, -2, id="kube-proxy"),
        pytest.param("aks_create_with_acns_performance", 1, 15, id="acns"),
    ],
)
def test_create(simulator: Simulator, recording: str, before: int, after: int) -> None:
    exchanges = recorded(simulator, recording)
    name = exchanges[2]["response"]["body"]["name"]
    raw, path = Raw(simulator), Raw(simulator).cluster_path(name)

    missing = raw.arm("GET", path, version=VERSION)
    assert (missing.status, missing.body) == (exchanges[before]["response"]["status"], exchanges[before]["response"]["body"])
    # Slow enough to be seen at its beginning on a busy machine.
    simulator.settings(scale=0.1)
    accepted = raw.arm("PUT", path, exchanges[2]["request"]["body"], version=VERSION)
    simulator.settings(scale=0.002)
    assert accepted.status == exchanges[2]["response"]["status"] == 201
    assert accepted.body["properties"]["provisioningState"] == "Creating"
    assert polled(raw, accepted.headers["azure-asyncoperation"])[0].body["status"] == "InProgress"
    done = raw.arm("GET", path, version=VERSION).body["properties"]
    truth = exchanges[after]["response"]["body"]["properties"]
    assert done["provisioningState"] == truth["provisioningState"] == "Succeeded"
    for key in ("kubeProxyConfig", "advancedNetworking"):
        assert done["networkProfile"].get(key) == truth["networkProfile"].get(key)
    assert len(simulator.nodes(name)) == truth["agentPoolProfiles"][0]["count"]
