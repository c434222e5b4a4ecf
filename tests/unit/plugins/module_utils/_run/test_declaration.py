# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is refused before anything is asked, and what a cluster is rolled back to."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.declaration import Declaration
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes
from ansible_collections.aks.dataplane.plugins.module_utils._run import declaration, returning
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings

from tests.support.run_settings import changed

KUBE_PROXY = {"mode": "NFTABLES"}
SETTINGS = Settings(
    host="blue", cluster="aks-a", declared={"aks_dataplane_kube_proxy": KUBE_PROXY}, groups={"all": ("blue", "n1")}, play_hosts=("blue",)
)


def settings(**changes: t.Any) -> Settings:
    return changed(SETTINGS, **changes)


@pytest.mark.parametrize(
    ("variables", "objection"),
    [
        ({}, ""),
        ({"kube_proxy": {}, "host_routing": "enabled"}, ""),
        ({"demanded": "aks_dataplane_kube_proxy"}, ""),
        (
            {"host_routing": "enabled"},
            "blue has both aks_dataplane_kube_proxy and aks_dataplane_host_routing. A cluster has only one of them: with eBPF host routing Cilium "
            "replaces kube-proxy, so there is no kube-proxy to configure. Remove one of them from the variables of this cluster and of its "
            "groups, for example by moving it to a group of the clusters that it is meant for, or remove it from the inventory and pass it "
            "with -e.",
        ),
        (
            {"demanded": "aks_dataplane_host_routing"},
            "blue has aks_dataplane_kube_proxy, and this playbook sets aks_dataplane_host_routing. Run aks.dataplane.kube_proxy for this "
            "cluster, and exclude it here, for example with --limit 'all:!blue'.",
        ),
        (
            {"kube_proxy": {}, "host_routing": "enabled", "demanded": "aks_dataplane_kube_proxy"},
            "blue has aks_dataplane_host_routing, and this playbook sets aks_dataplane_kube_proxy. Run aks.dataplane.ebpf_host_routing "
            "for this cluster, and exclude it here, for example with --limit 'all:!blue'.",
        ),
        (
            {"kube_proxy": {}},
            "blue has no aks_dataplane_kube_proxy and no aks_dataplane_host_routing. Declare its configuration, for example with "
            "aks_dataplane_kube_proxy={mode: NFTABLES} or aks_dataplane_host_routing=enabled.",
        ),
        (
            {"kube_proxy": {}, "demanded": "aks_dataplane_host_routing"},
            "blue has no aks_dataplane_host_routing. Declare its configuration, for example with aks_dataplane_host_routing=enabled.",
        ),
        ({"node_group": "nodes"}, "aks_dataplane_node_group of blue is nodes, and the inventory has no such group."),
        ({"node_group": "nodes", "groups": {"nodes": ("n1",)}}, ""),
        (
            {"node_group": "nodes", "groups": {"nodes": ("n1", "n2", "n3")}, "play_hosts": ("blue", "n1", "n3")},
            "n1, n3 of the group nodes, which aks_dataplane_node_group of blue names, would be taken for clusters. Put that group under the group "
            "aks_nodes, which the playbooks leave out.",
        ),
    ],
)
def test_what_a_run_cannot_bring_about(variables: dict[str, t.Any], objection: str) -> None:
    assert declaration.objection(settings(**variables)) == objection


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        ({"mode": "NFTABLES"}, ""),
        ("NFTABLES", ""),
        (
            {"modus": 1, "mode": "IPVS"},
            "aks_dataplane_kube_proxy has the unknown key modus. The known ones are config, config_file, enabled, ipvs_config, mode, state.",
        ),
    ],
)
def test_unknown_keys(declared: t.Any, text: str) -> None:
    assert declaration.objection(settings(kube_proxy=declared)) == text


@pytest.mark.parametrize(
    ("kube_proxy", "needs"),
    [
        ({"mode": "NFTABLES"}, True),
        ({"state": "default"}, True),
        ({"enabled": False}, False),
        ({"enabled": "false"}, False),
        ({"config": {"enabled": False}}, False),
        ({"config": {"mode": "IPVS"}}, True),
        ({"config_file": "x.json"}, True),
    ],
)
def test_disabling_kube_proxy_needs_no_feature(kube_proxy: dict[str, t.Any], needs: bool) -> None:
    one, other = data_planes()
    assert one.preflight.needs_feature(Declaration(kube_proxy)) is needs
    assert other.preflight.needs_feature(Declaration("enabled")) is False


CONFIG = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPVS"}}}


@pytest.mark.parametrize(
    ("before", "verdicts", "text", "variable"),
    [
        ({"blue": CONFIG}, {}, "rolls back to IPVS.", "aks_dataplane_kube_proxy"),
        *(
            ({"blue": CONFIG}, {"blue": bad}, "rolls back to IPVS.", "aks_dataplane_kube_proxy")
            for bad in ("planned", "failed", "not_proved")
        ),
        ({"blue": CONFIG}, {"blue": "rollback_failed"}, "rolls back to IPVS.", "aks_dataplane_kube_proxy"),
        *(
            ({"blue": CONFIG}, {"blue": good}, f"stays as it is, because its verdict is {good}.", "")
            for good in ("proved", "switched", "unchanged", "rolled_back", "refused")
        ),
        ({"red": CONFIG}, {}, "stays as it is, because it is not in aks_dataplane_before: nothing was changed in it.", ""),
        (
            {"blue": {"aks_dataplane_host_routing": "disabled"}},
            {},
            "rolls back to eBPF host routing disabled. AKS replaces every node of the cluster for it.",
            "aks_dataplane_host_routing",
        ),
        ({"blue": {"aks_dataplane_kube_proxy": {"config": {"enabled": False}}}}, {}, "rolls back to disabled.", "aks_dataplane_kube_proxy"),
        (
            {"blue": {"aks_dataplane_kube_proxy": {"state": "default"}}},
            {},
            "rolls back to the default of AKS.",
            "aks_dataplane_kube_proxy",
        ),
    ],
)
def test_where_a_cluster_goes_back_to(before: t.Any, verdicts: dict[str, str], text: str, variable: str) -> None:
    found = returning.going_back_to(settings(kube_proxy={}, statistics_before=before, statistics_verdicts=verdicts))
    assert (found.objection, found.text, found.variable) == ("", f"aks-a: {text}", variable)
    assert found.value == (before["blue"][variable] if variable else None)


@pytest.mark.parametrize("before", [{"mode": "IPVS"}, "IPVS", {**CONFIG, "aks_dataplane_host_routing": "enabled"}])
def test_statistics_that_no_run_has_set(before: t.Any) -> None:
    found = returning.going_back_to(settings(statistics_before={"blue": before}))
    assert found.objection.startswith("aks_dataplane_before has for blue ")
    assert found.objection.endswith(
        ', for example {"blue": {"aks_dataplane_kube_proxy": {"config": {"enabled": true, "mode": "IPTABLES"}}}}.'
    )


def test_an_extra_variable_that_hides_what_was_set() -> None:
    assert returning.hidden(SETTINGS, "aks_dataplane_kube_proxy", KUBE_PROXY) == ""
    assert returning.hidden(SETTINGS, "aks_dataplane_kube_proxy", {"config": {}}) == (
        "aks_dataplane_kube_proxy is an extra variable, which hides the configuration that blue is to be rolled back to. Leave it out."
    )


def test_variables_as_users_write_them() -> None:
    found = Settings.from_variables(
        {"inventory_hostname": "blue", "aks_dataplane_kube_proxy": None, "aks_dataplane_rollback": "no", "aks_dataplane_kubernetes": "True"}
    )
    assert (found.cluster, found.data_planes, found.rollback, found.kubernetes, found.register_feature) == ("blue", [], False, True, True)
