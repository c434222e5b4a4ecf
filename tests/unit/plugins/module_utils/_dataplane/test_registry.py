# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the registry of data planes refuses, and how it finds one."""

from __future__ import annotations

import dataclasses
import sys
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.host_routing import HOST_ROUTING
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY


def renamed(**changes: t.Any) -> t.Any:
    """Like kube-proxy, but with nothing of its own in common with it."""
    own = {
        "name": "other",
        "variable": "aks_dataplane_other",
        "options": dataclasses.replace(KUBE_PROXY.options, declaring=("other",)),
        "preflight": dataclasses.replace(KUBE_PROXY.preflight, rules=()),
    }
    return dataclasses.replace(KUBE_PROXY, **{**own, **changes})


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        ({"name": "kube_proxy"}, "kube_proxy and kube_proxy both have kube_proxy"),
        ({"variable": "aks_dataplane_kube_proxy"}, "other and kube_proxy both have aks_dataplane_kube_proxy"),
        ({"options": dataclasses.replace(KUBE_PROXY.options, declaring=("mode",))}, "other and kube_proxy both have mode"),
        (
            {"preflight": dataclasses.replace(KUBE_PROXY.preflight, rules=HOST_ROUTING.preflight.rules[:1])},
            "other and host_routing both have EB01",
        ),
    ],
)
def test_what_two_data_planes_cannot_share(changes: dict[str, t.Any], alike: str) -> None:
    known = registry.data_planes()
    with pytest.raises(ValueError, match=alike):
        registry.register(renamed(**changes))
    assert registry.data_planes() == known


def test_a_data_plane_is_found_by_what_its_module_returns() -> None:
    assert registry.by_configuration({"enabled": True, "mode": "IPVS", "ipvs_config": None}) is KUBE_PROXY
    assert registry.by_configuration({"state": "enabled", "acceleration_mode": "BpfVeth", "acns": {}}) is HOST_ROUTING
    with pytest.raises(DataplaneError, match="of no known data plane"):
        registry.by_configuration({"colour": "blue"})


@pytest.mark.parametrize("mode", ["IPTABLES", "IPVS", "NFTABLES"])
def test_a_mode_is_restored_without_the_library_for_schemas(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """Which has nothing to say about it, and takes as long to load as a task."""
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    before = {"enabled": True, "mode": mode, "ipvs_config": None}
    assert KUBE_PROXY.record.restore(before) == {"enabled": True, "mode": mode}
