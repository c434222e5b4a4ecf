# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import sys
import typing as t

import jsonschema
import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.schema import SCHEMA, check_config
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import MissingLibrary

SECONDS = "a whole number of seconds from 1 to 2147483647"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "document",
    [
        {"enabled": True},
        {"enabled": False},
        {"enabled": False, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection"}},
        {"enabled": True, "mode": "NFTABLES"},
        {"enabled": True, "mode": "IPVS", "ipvsConfig": {}},
        {
            "enabled": True,
            "mode": "IPVS",
            "ipvsConfig": {
                "scheduler": "RoundRobin",
                "tcpTimeoutSeconds": 900,
                "tcpFinTimeoutSeconds": 120,
                "udpTimeoutSeconds": 2147483647,
            },
        },
    ],
    ids=str,
)
def test_a_configuration_passes_as_a_copy(document: dict[str, t.Any]) -> None:
    checked = check_config(document, "config")
    assert checked == document
    assert checked is not document


def test_a_whole_number_is_sent_as_one() -> None:
    checked = check_config({"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": 900.0}}, "config")
    assert repr(checked["ipvsConfig"]["tcpTimeoutSeconds"]) == "900"


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ([], ["$ is [], allowed is an object"]),
        ({}, ["$.enabled is missing, allowed is true or false; AKS would read a missing one as false"]),
        ({"enabled": "yes"}, ['$.enabled is "yes", allowed is true or false']),
        ({"enabled": 1}, ["$.enabled is 1, allowed is true or false"]),
        ({"enabled": True, "mode": "EBPF"}, ['$.mode is "EBPF", allowed is "IPTABLES" or "IPVS" or "NFTABLES"']),
        ({"enabled": True, "mode": "ipvs"}, ['$.mode is "ipvs", allowed is "IPTABLES" or "IPVS" or "NFTABLES"']),
        ({"enabled": True, "Mode": "IPVS"}, ['$.Mode is "IPVS", but the key is spelled mode']),
        ({"enabled": True, "colour": "red"}, ['$.colour is "red", which is not a known key, allowed are enabled, mode, ipvsConfig']),
        ({"enabled": True, "mode": "IPVS", "ipvsConfig": []}, ["$.ipvsConfig is [], allowed is an object"]),
        ({"enabled": True, "ipvsConfig": {}}, ['$.mode is missing, with ipvsConfig it must be "IPVS"']),
        ({"enabled": True, "mode": "NFTABLES", "ipvsConfig": {}}, ['$.mode is "NFTABLES", but with ipvsConfig it must be "IPVS"']),
        (
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "WeightedRoundRobin"}},
            ['$.ipvsConfig.scheduler is "WeightedRoundRobin", allowed is "LeastConnection" or "RoundRobin"'],
        ),
        (
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"TCPTimeoutSeconds": 900, "TCPFINTimeoutSeconds": 1}},
            [
                "$.ipvsConfig.TCPFINTimeoutSeconds is 1, but the key is spelled tcpFinTimeoutSeconds",
                "$.ipvsConfig.TCPTimeoutSeconds is 900, but the key is spelled tcpTimeoutSeconds",
            ],
        ),
        (
            {"mode": "IPVS", "ipvsConfig": {"udpTimeoutSeconds": -1, "tcpTimeoutSeconds": "900", "tcpFinTimeoutSeconds": 1.5}},
            [
                "$.enabled is missing, allowed is true or false; AKS would read a missing one as false",
                f"$.ipvsConfig.tcpFinTimeoutSeconds is 1.5, allowed is {SECONDS}",
                f'$.ipvsConfig.tcpTimeoutSeconds is "900", allowed is {SECONDS}',
                f"$.ipvsConfig.udpTimeoutSeconds is -1, allowed is {SECONDS}",
            ],
        ),
        (
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": 2**31}},
            [f"$.ipvsConfig.tcpTimeoutSeconds is {2**31}, allowed is {SECONDS}"],
        ),
        (
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": True}},
            [f"$.ipvsConfig.tcpTimeoutSeconds is true, allowed is {SECONDS}"],
        ),
    ],
    ids=str,
)
def test_every_problem_is_reported_in_one_message(document: dict[str, t.Any], problems: list[str]) -> None:
    given = copy.deepcopy(document)
    with pytest.raises(DataplaneError) as caught:
        check_config(document, "config")
    assert caught.value.code == "InvalidKubeProxyConfig"
    assert caught.value.details["problems"] == problems
    assert caught.value.message == f"config is not a kube-proxy configuration: {'; '.join(problems)}."
    assert document == given


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(MissingLibrary, match=r"\(jsonschema\)"):
        check_config({"enabled": True}, "config")


@pytest.mark.parametrize("key", ["tcpTimeoutSeconds", "tcpFinTimeoutSeconds", "udpTimeoutSeconds"])
def test_the_shortest_and_the_longest_timeout(key: str) -> None:
    def given(seconds: int) -> dict[str, t.Any]:
        return {"enabled": True, "mode": "IPVS", "ipvsConfig": {key: seconds}}

    for seconds in (1, 2147483647):
        assert check_config(given(seconds), "config") == given(seconds)
    for seconds in (0, 2147483648):
        with pytest.raises(DataplaneError) as caught:
            check_config(given(seconds), "config")
        assert caught.value.details["problems"] == [f"$.ipvsConfig.{key} is {seconds}, allowed is {SECONDS}"]
