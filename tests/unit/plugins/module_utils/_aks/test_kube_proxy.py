# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import (
    DEFAULT,
    IpvsConfig,
    KubeProxyConfig,
    KubeProxyDeclaration,
    compare,
    effective,
    raw_leaf,
    resolve,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

PATH = "properties.networkProfile.kubeProxyConfig"


def cluster(leaf: t.Any = "absent") -> dict[str, t.Any]:
    network = {"networkPlugin": "azure"} if leaf == "absent" else {"networkPlugin": "azure", "kubeProxyConfig": leaf}
    return {"properties": {"networkProfile": network}}


def partial(enabled: bool | None = None, mode: str | None = None, ipvs: IpvsConfig | None = None) -> KubeProxyDeclaration:
    return KubeProxyDeclaration("partial", enabled=enabled, mode=mode, ipvs=ipvs)


@pytest.mark.parametrize(
    ("leaf", "config"),
    [
        (None, DEFAULT),
        ({}, KubeProxyConfig(enabled=False)),
        ({"enabled": False}, KubeProxyConfig(enabled=False)),
        ({"mode": "IPVS"}, KubeProxyConfig(enabled=False, mode="IPVS")),
        ({"enabled": True}, DEFAULT),
        ({"enabled": True, "mode": ""}, DEFAULT),
        ({"enabled": True, "mode": "IPTABLES"}, DEFAULT),
        ({"enabled": True, "mode": "nftables"}, KubeProxyConfig(mode="NFTABLES")),
        ({"enabled": True, "mode": "Future"}, KubeProxyConfig(mode="Future")),
        ({"enabled": True, "mode": "IPVS", "ipvsConfig": {}}, KubeProxyConfig(mode="IPVS")),
        ({"enabled": True, "mode": "IPVS", "ipvsConfig": None}, KubeProxyConfig(mode="IPVS")),
        (
            {"enabled": True, "mode": "ipvs", "ipvsConfig": {"scheduler": "leastconnection", "udpTimeoutSeconds": 30}},
            KubeProxyConfig(mode="IPVS", ipvs=IpvsConfig("LeastConnection", udp_timeout_seconds=30)),
        ),
        ({"enabled": True, "mode": "NFTABLES", "ipvsConfig": {"scheduler": "RoundRobin"}}, KubeProxyConfig(mode="NFTABLES")),
    ],
)
def test_what_a_leaf_means(leaf: dict[str, t.Any] | None, config: KubeProxyConfig) -> None:
    assert effective(leaf) == config


@pytest.mark.parametrize("raw", [{}, {"properties": None}, {"properties": {}}, cluster(), cluster(None)])
def test_no_leaf_is_found_where_there_is_none(raw: dict[str, t.Any]) -> None:
    assert raw_leaf(raw) is None
    assert compare(raw, KubeProxyDeclaration("default")).changes == ()


DEFAULT_SPELLINGS: list[t.Any] = [
    "absent",
    None,
    {"enabled": True},
    {"enabled": True, "mode": "IPTABLES"},
    {"enabled": True, "mode": "iptables"},
]
DEFAULT_WISHES = [
    KubeProxyDeclaration("default"),
    partial(enabled=True),
    partial(mode="IPTABLES"),
    partial(enabled=True, mode="IPTABLES"),
    KubeProxyDeclaration("whole", config={"enabled": True}),
    KubeProxyDeclaration("whole", config={"enabled": True, "mode": "IPTABLES"}),
]


@pytest.mark.parametrize("leaf", DEFAULT_SPELLINGS, ids=str)
@pytest.mark.parametrize("wanted", DEFAULT_WISHES, ids=str)
def test_the_default_is_no_change_however_it_is_spelled(leaf: t.Any, wanted: KubeProxyDeclaration) -> None:
    comparison = compare(cluster(leaf), wanted)
    assert comparison.changes == ()
    assert comparison.before == comparison.after == {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}


@pytest.mark.parametrize(
    "leaf",
    [{}, {"enabled": False}, {"enabled": False, "mode": "IPVS"}, {"mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin"}}],
    ids=str,
)
@pytest.mark.parametrize(
    "wanted",
    [
        partial(enabled=False),
        KubeProxyDeclaration("whole", config={"enabled": False}),
        KubeProxyDeclaration("whole", config={"enabled": False, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection"}}),
    ],
    ids=str,
)
def test_disabled_is_disabled_whatever_mode_it_would_have(leaf: t.Any, wanted: KubeProxyDeclaration) -> None:
    assert compare(cluster(leaf), wanted).changes == ()


LEAST = IpvsConfig("LeastConnection")
ROUND = {"scheduler": "RoundRobin", "tcpTimeoutSeconds": 900, "newSetting": 1}
IPVS_LEAF = {"enabled": True, "mode": "IPVS", "ipvsConfig": ROUND, "newKey": {"x": 1}}


@pytest.mark.parametrize(
    ("leaf", "wanted", "value"),
    [
        pytest.param("absent", partial(mode="NFTABLES"), {"enabled": True, "mode": "NFTABLES"}, id="nothing there"),
        pytest.param("absent", partial(enabled=False), {"enabled": False}, id="disable nothing"),
        pytest.param(IPVS_LEAF, partial(mode="NFTABLES"), {"enabled": True, "mode": "NFTABLES", "newKey": {"x": 1}}, id="leave IPVS"),
        pytest.param(
            IPVS_LEAF,
            partial(ipvs=LEAST),
            {**IPVS_LEAF, "ipvsConfig": {**ROUND, "scheduler": "LeastConnection"}},
            id="one setting, mode as it is",
        ),
        pytest.param(
            IPVS_LEAF,
            partial(mode="IPVS", ipvs=IpvsConfig(udp_timeout_seconds=30)),
            {**IPVS_LEAF, "ipvsConfig": {**ROUND, "udpTimeoutSeconds": 30}},
            id="one more setting",
        ),
        pytest.param(IPVS_LEAF, partial(enabled=False), {**IPVS_LEAF, "enabled": False}, id="disable keeps the rest"),
        pytest.param({**IPVS_LEAF, "enabled": False}, partial(enabled=True), IPVS_LEAF, id="enable finds the rest"),
        pytest.param({}, partial(enabled=True), {"enabled": True, "mode": "IPTABLES"}, id="enable nothing"),
        pytest.param(
            {"ipvsConfig": ROUND}, partial(mode="IPVS"), {"enabled": True, "mode": "IPVS"}, id="settings without IPVS are not taken up"
        ),
        pytest.param(IPVS_LEAF, KubeProxyDeclaration("default"), {"enabled": True, "mode": "IPTABLES"}, id="default replaces"),
        pytest.param(
            IPVS_LEAF,
            KubeProxyDeclaration("whole", config={"enabled": True, "mode": "IPVS"}),
            {"enabled": True, "mode": "IPVS"},
            id="config replaces",
        ),
    ],
)
def test_what_is_sent(leaf: t.Any, wanted: KubeProxyDeclaration, value: dict[str, t.Any]) -> None:
    comparison = compare(cluster(leaf), wanted)
    assert comparison.value == value
    assert comparison.leaf == ("properties", "networkProfile", "kubeProxyConfig")


def test_the_plan_names_each_property_that_changes() -> None:
    comparison = compare(cluster(IPVS_LEAF), partial(mode="NFTABLES"))
    assert [change.to_dict() for change in comparison.changes] == [
        {"path": f"{PATH}.mode", "before": "IPVS", "after": "NFTABLES", "disruption": "restart"},
        {"path": f"{PATH}.ipvsConfig.scheduler", "before": "RoundRobin", "after": None, "disruption": "restart"},
        {"path": f"{PATH}.ipvsConfig.tcpTimeoutSeconds", "before": 900, "after": None, "disruption": "restart"},
    ]


def test_enabling_tells_the_mode_that_comes_with_it() -> None:
    comparison = compare(cluster({}), partial(mode="NFTABLES"))
    assert [(change.path, change.before, change.after) for change in comparison.changes] == [
        (f"{PATH}.enabled", False, True),
        (f"{PATH}.mode", None, "NFTABLES"),
    ]


def test_entering_ipvs_tells_the_settings_that_come_with_it() -> None:
    comparison = compare(cluster({"enabled": True}), partial(mode="IPVS", ipvs=LEAST))
    assert [(change.path, change.before, change.after) for change in comparison.changes] == [
        (f"{PATH}.mode", "IPTABLES", "IPVS"),
        (f"{PATH}.ipvsConfig.scheduler", None, "LeastConnection"),
    ]


def test_settings_of_ipvs_need_a_cluster_in_ipvs_mode() -> None:
    with pytest.raises(DataplaneError, match="the cluster's kube-proxy mode is NFTABLES") as caught:
        resolve(KubeProxyConfig(mode="NFTABLES"), partial(ipvs=LEAST))
    assert caught.value.code == "IpvsConfigWithoutIpvs"


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [
        (KubeProxyDeclaration("default"), "IPTABLES"),
        (KubeProxyDeclaration("whole", config={"enabled": True, "mode": "NFTABLES"}), "NFTABLES"),
        (partial(mode="IPVS"), "IPVS"),
        (partial(enabled=True), None),
        (partial(ipvs=LEAST), None),
    ],
    ids=str,
)
def test_the_declared_mode(wanted: KubeProxyDeclaration, mode: str | None) -> None:
    assert wanted.declared_mode == mode


SETTINGS = IpvsConfig("RoundRobin", tcp_timeout_seconds=900, tcp_fin_timeout_seconds=120, udp_timeout_seconds=30)


@pytest.mark.parametrize(
    ("config", "arm"),
    [
        (KubeProxyConfig(False, "IPVS", SETTINGS), {"enabled": False}),
        (KubeProxyConfig(True, "NFTABLES"), {"enabled": True, "mode": "NFTABLES"}),
        (
            KubeProxyConfig(True, "IPVS", SETTINGS),
            {
                "enabled": True,
                "mode": "IPVS",
                "ipvsConfig": {"scheduler": "RoundRobin", "tcpTimeoutSeconds": 900, "tcpFinTimeoutSeconds": 120, "udpTimeoutSeconds": 30},
            },
        ),
    ],
)
def test_the_shape_that_azure_takes(config: KubeProxyConfig, arm: dict[str, t.Any]) -> None:
    assert config.to_arm() == arm


@pytest.mark.parametrize(
    "current", [KubeProxyConfig(), KubeProxyConfig(False, "IPVS"), KubeProxyConfig(mode="IPVS", ipvs=SETTINGS)], ids=str
)
def test_the_default_is_the_same_whatever_there_is(current: KubeProxyConfig) -> None:
    assert resolve(current, KubeProxyDeclaration("default")) == KubeProxyConfig(True, "IPTABLES", None)


def test_settings_that_are_not_given_stay() -> None:
    current = KubeProxyConfig(mode="IPVS", ipvs=SETTINGS)
    assert resolve(current, partial(ipvs=IpvsConfig(udp_timeout_seconds=60))).ipvs == IpvsConfig("RoundRobin", 900, 120, 60)
    assert resolve(current, partial(mode="IPVS")) == current


def test_settings_alone_enable_a_disabled_ipvs() -> None:
    assert resolve(KubeProxyConfig(False, "IPVS"), partial(ipvs=LEAST)) == KubeProxyConfig(True, "IPVS", LEAST)
    assert resolve(KubeProxyConfig(False, "IPVS"), partial()) == KubeProxyConfig(False, "IPVS")


modes = st.sampled_from(["IPTABLES", "IPVS", "NFTABLES"])
seconds = st.none() | st.integers(min_value=1, max_value=2**31 - 1)
ipvs_configs = st.builds(IpvsConfig, st.none() | st.sampled_from(["LeastConnection", "RoundRobin"]), seconds, seconds, seconds)
extras = st.dictionaries(st.sampled_from(["x", "newKey", "y"]), st.integers() | st.none() | st.text(), max_size=2)


@st.composite
def leaves(draw: st.DrawFn) -> dict[str, t.Any] | None:
    if draw(st.booleans()):
        return None
    leaf = {**draw(extras), **draw(st.sampled_from([{}, {"enabled": True}, {"enabled": False}]))}
    if draw(st.booleans()):
        leaf["mode"] = draw(modes)
    if draw(st.booleans()):
        leaf["ipvsConfig"] = {**draw(extras), **draw(ipvs_configs).to_arm()}
    return leaf


@st.composite
def wishes(draw: st.DrawFn) -> KubeProxyDeclaration:
    kind = draw(st.sampled_from(["default", "whole", "partial"]))
    mode = draw(modes)
    if kind == "default":
        return KubeProxyDeclaration("default")
    if kind == "whole":
        ipvs = {"ipvsConfig": draw(ipvs_configs).to_arm()} if mode == "IPVS" else {}
        return KubeProxyDeclaration("whole", config={"enabled": draw(st.booleans()), "mode": mode, **ipvs})
    if draw(st.booleans()):
        return partial(enabled=draw(st.booleans()))
    return partial(mode=mode, ipvs=draw(ipvs_configs) if mode == "IPVS" and draw(st.booleans()) else None)


@given(leaves(), wishes())
def test_what_is_sent_means_what_is_wanted_and_is_then_no_change(leaf: dict[str, t.Any] | None, wanted: KubeProxyDeclaration) -> None:
    raw = cluster(leaf)
    kept = copy.deepcopy(raw)
    first = compare(raw, wanted)
    assert raw == kept
    assert effective(first.value).to_dict() == first.after
    assert bool(first.changes) == (first.before != first.after)
    second = compare(cluster(first.value), wanted)
    assert second.changes == ()
    assert second.value == first.value


@given(leaves(), wishes().filter(lambda wanted: wanted.kind == "partial"))
def test_a_partial_change_keeps_unknown_keys(leaf: dict[str, t.Any] | None, wanted: KubeProxyDeclaration) -> None:
    value = compare(cluster(leaf), wanted).value
    unknown = {key: given for key, given in (leaf or {}).items() if key not in ("enabled", "mode", "ipvsConfig")}
    assert {key: given for key, given in value.items() if key not in ("enabled", "mode", "ipvsConfig")} == unknown


@given(leaves())
def test_the_effective_configuration_can_be_given_back_as_config(leaf: dict[str, t.Any] | None) -> None:
    reported = effective(leaf)
    assert effective(reported.to_arm()).to_dict() == reported.to_dict()
