# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options say which data plane something is for, and which of them go together."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.modules.aks_preflight_info import arguments

from tests.support.arguments import accepted, refusals

# Without what is alike in all modules.
NAMES = (*registry.options().options, "ruleset_nodes", "node_observations")
SUBJECT = dataclasses.replace(arguments(), options={name: arguments().options[name] for name in NAMES})

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


@pytest.mark.parametrize("given", [{"mode": "NFTABLES"}, {"config": {}}, {"enabled": False}, {"state": "default"}], ids=str)
def test_what_is_about_kube_proxy(given: dict[str, t.Any]) -> None:
    assert registry.declared({**NOTHING, **given}).name == "kube_proxy"


@pytest.mark.parametrize("state", ["enabled", "disabled"])
def test_what_is_about_host_routing(state: str) -> None:
    assert registry.declared({**NOTHING, "host_routing": state}).name == "host_routing"


def test_one_of_them_at_a_time() -> None:
    with pytest.raises(DataplaneError) as caught:
        registry.declared({**NOTHING, "state": "default", "host_routing": "enabled"})
    assert caught.value.message == "kube_proxy and host_routing are both declared."
    with pytest.raises(DataplaneError, match="No data plane is declared"):
        registry.declared(NOTHING)


def test_observations_are_by_node() -> None:
    (refusal,) = refusals(SUBJECT, {"mode": "NFTABLES", "node_observations": ["node0"]})
    assert refusal.startswith("argument 'node_observations' is of type")
