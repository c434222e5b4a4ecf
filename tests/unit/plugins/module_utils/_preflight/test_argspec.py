# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options say what a preflight check is for, and which of them go together."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing.configuration import Wanted
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.argspec import SUBJECT, wanted_host_routing

from tests.support.arguments import accepted, refusals

CHOICES = {
    "state": {"present", "default"},
    "host_routing": {"enabled", "disabled"},
    "mode": {"IPTABLES", "IPVS", "NFTABLES"},
}
NOTHING = {
    **dict.fromkeys(("enabled", "mode", "ipvs_config", "config", "config_file", "host_routing", "enable_acns", "ruleset_nodes")),
    "node_observations": None,
    "state": "present",
}
DECLARATIONS = [
    *({"enabled": True}, {"mode": "NFTABLES"}, {"config": {"enabled": True}}, {"config_file": "/kube-proxy.json"}),
    {"ipvs_config": {"scheduler": "RoundRobin"}},
]


@pytest.mark.parametrize("given", [*DECLARATIONS, {"state": "default"}, {"host_routing": "enabled"}], ids=str)
def test_one_subject_is_enough(given: dict[str, t.Any]) -> None:
    params = accepted(SUBJECT, {**given, "node_observations": {"node0": {}}})
    assert params.keys() == NOTHING.keys()
    for name, value in NOTHING.items():
        if name not in given and name != "node_observations":
            assert params[name] == value


def test_the_options_of_host_routing() -> None:
    assert accepted(SUBJECT, {"host_routing": "enabled", "ruleset_nodes": [1]})["ruleset_nodes"] == ["1"]
    given = {"host_routing": "enabled", "enable_acns": "yes", "ruleset_nodes": "a,b"}
    assert accepted(SUBJECT, given) == {**NOTHING, "host_routing": "enabled", "enable_acns": True, "ruleset_nodes": ["a", "b"]}


@pytest.mark.parametrize(("name", "choices"), CHOICES.items())
def test_the_choices(name: str, choices: set[str]) -> None:
    assert set(SUBJECT.options[name]["choices"]) == choices
    (refusal,) = refusals(SUBJECT, {"enabled": True, name: "other"} if name != "host_routing" else {name: "other"})
    assert refusal.startswith(f"value of {name} must be one of: ")


@pytest.mark.parametrize("given", DECLARATIONS, ids=str)
def test_a_check_is_for_one_subject(given: dict[str, t.Any]) -> None:
    (name,) = given
    assert refusals(SUBJECT, {**given, "host_routing": "enabled"}) == [f"parameters are mutually exclusive: host_routing|{name}"]


def test_a_check_is_for_something() -> None:
    (refusal,) = refusals(SUBJECT, {})
    assert refusal.endswith("any of the following are missing: enabled, mode, ipvs_config, config, config_file, host_routing")


@pytest.mark.parametrize(("name", "value"), [("enable_acns", True), ("ruleset_nodes", ["node0"])])
def test_options_of_host_routing_alone_are_refused(name: str, value: t.Any) -> None:
    (refusal,) = refusals(SUBJECT, {"mode": "NFTABLES", name: value})
    assert refusal == f"missing parameter(s) required by '{name}': host_routing"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"host_routing": "enabled"}, Wanted(True, False)),
        ({"host_routing": "enabled", "enable_acns": False}, Wanted(True, False)),
        ({"host_routing": "enabled", "enable_acns": True}, Wanted(True, True)),
        ({"host_routing": "disabled"}, Wanted(False, False)),
        ({"host_routing": "disabled", "enable_acns": True}, Wanted(False, True)),
    ],
    ids=str,
)
def test_what_is_wanted_of_host_routing(given: dict[str, t.Any], wanted: Wanted | None) -> None:
    assert wanted_host_routing({**NOTHING, **given}) == wanted


def test_the_default_of_kube_proxy_is_no_subject_of_host_routing() -> None:
    assert wanted_host_routing({**NOTHING, "state": "default"}) is None
    with pytest.raises(DataplaneError) as caught:
        wanted_host_routing({**NOTHING, "state": "default", "host_routing": "enabled"})
    assert caught.value.message == "state is default, which is about kube-proxy, but host_routing is set."


def test_observations_are_by_node() -> None:
    (refusal,) = refusals(SUBJECT, {"mode": "NFTABLES", "node_observations": ["node0"]})
    assert refusal.startswith("argument 'node_observations' is of type")
