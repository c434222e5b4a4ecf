# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words in upper and lower case, and those that are none of the choices."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.choices import in_their_case, wrong_values
from ansible_collections.aks.dataplane.plugins.module_utils._run.choices import objection
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from hypothesis import given
from hypothesis import strategies as st

MODES = ["IPTABLES", "IPVS", "NFTABLES"]
OPTIONS: dict[str, dict[str, t.Any]] = {
    "mode": {"type": "str", "choices": MODES, "aliases": ["kind"]},
    "modes": {"type": "list", "elements": "str", "choices": MODES},
    "both": {"type": "str", "choices": ["a", "A"]},
    "free": {"type": "str"},
    "ipvs_config": {"type": "dict", "options": {"scheduler": {"type": "str", "choices": ["LeastConnection", "RoundRobin"]}}},
}


@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ({"mode": "nftables"}, {"mode": "NFTABLES"}),
        ({"mode": "NfTables"}, {"mode": "NFTABLES"}),
        ({"mode": " ipvs "}, {"mode": "IPVS"}),
        ({"kind": "ipvs"}, {"kind": "IPVS"}),
        ({"modes": ["ipvs", "IPTABLES", "x"]}, {"modes": ["IPVS", "IPTABLES", "x"]}),
        ({"ipvs_config": {"scheduler": "ROUNDROBIN", "x": "Y"}}, {"ipvs_config": {"scheduler": "RoundRobin", "x": "Y"}}),
    ],
)
def test_in_any_case(params: dict[str, t.Any], meant: dict[str, t.Any]) -> None:
    assert in_their_case(params, OPTIONS) == meant


@pytest.mark.parametrize(
    "params",
    [{"free": "nftables"}, {"mode": 5}, {"mode": None}, {"mode": "nftable"}, {"both": "a"}, {"ipvs_config": "x"}, {"other": "x"}],
)
def test_everything_else_stays(params: dict[str, t.Any]) -> None:
    assert in_their_case(params, OPTIONS) == params


@given(st.sampled_from(MODES), st.data())
def test_any_mixture_of_cases(mode: str, data: st.DataObject) -> None:
    mixed = "".join(data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in mode)
    assert in_their_case({"mode": mixed}, OPTIONS) == {"mode": mode}
    assert list(wrong_values({"mode": mode}, OPTIONS)) == []


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"mode": "NFTABLE"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: NFTABLE. Did you mean NFTABLES?"),
        ({"mode": "EBPF"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: EBPF."),
        (
            {"ipvs_config": {"scheduler": "RoundRobbin"}},
            "value of scheduler must be one of: LeastConnection, RoundRobin, got: RoundRobbin found in ipvs_config. Did you mean RoundRobin?",
        ),
    ],
)
def test_what_is_said_of_a_wrong_one(params: dict[str, t.Any], text: str) -> None:
    assert [one.text for one in wrong_values(params, OPTIONS)] == [text]


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        (
            {"aks_dataplane_host_routing": "enable"},
            "value of aks_dataplane_host_routing must be one of: enabled, disabled, got: enable. Did you mean enabled?",
        ),
        (
            {"aks_dataplane_profile": "curent"},
            "value of aks_dataplane_profile must be one of: preview, current, got: curent. Did you mean current?",
        ),
        (
            {"aks_dataplane_kube_proxy": {"mode": "nftable"}},
            "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: nftable found in aks_dataplane_kube_proxy. Did you mean NFTABLES?",
        ),
        ({"aks_dataplane_kube_proxy": {"mode": "IPVS"}, "aks_dataplane_profile": "preview"}, ""),
    ],
)
def test_variables(variables: dict[str, t.Any], text: str) -> None:
    assert objection(variables) == text


def test_variables_are_read_in_their_case() -> None:
    settings = Settings.from_variables(
        {
            "inventory_hostname": "aks-a",
            "aks_dataplane_host_routing": "Enabled",
            "aks_dataplane_kube_proxy": {"mode": "ipvs", "ipvs_config": {"scheduler": "roundrobin"}, "state": "Present"},
            "aks_dataplane_profile": "CURRENT",
        }
    )
    assert settings.declared["aks_dataplane_host_routing"] == "enabled"
    assert settings.declared["aks_dataplane_kube_proxy"] == {"mode": "IPVS", "ipvs_config": {"scheduler": "RoundRobin"}, "state": "present"}
    assert settings.profile == "current"
