# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AKS makes of kubeProxyConfig."""

from __future__ import annotations

import typing as t

import pytest

from tests.simulator.kube.proxy_template import template_of


def body(leaf: t.Any = None, **network: str) -> dict[str, t.Any]:
    profile = dict(network) if leaf is None else {**network, "kubeProxyConfig": leaf}
    return {"properties": {"currentKubernetesVersion": "1.34.2", "networkProfile": profile}}


@pytest.mark.parametrize(
    ("leaf", "flags"),
    [
        (None, []),
        ({"enabled": True}, ["--proxy-mode=iptables"]),
        ({"enabled": True, "mode": "NFTABLES"}, ["--proxy-mode=nftables"]),
        ({"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin"}}, ["--proxy-mode=ipvs", "--ipvs-scheduler=rr"]),
        (
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpFinTimeoutSeconds": 120, "udpTimeoutSeconds": 30}},
            ["--proxy-mode=ipvs", "--ipvs-tcpfin-timeout=120s", "--ipvs-udp-timeout=30s"],
        ),
    ],
)
def test_command(leaf: t.Any, flags: list[str]) -> None:
    template = template_of(body(leaf))
    assert template is not None
    assert template.command[8:] == flags


@pytest.mark.parametrize("stored", [body({}), body({"mode": "IPVS"}), body(None, networkDataplane="cilium")])
def test_no_kube_proxy(stored: dict[str, t.Any]) -> None:
    assert template_of(stored) is None


@pytest.mark.parametrize(("seconds", "text"), [(30, "30s"), (120, "2m0s"), (900, "15m0s"), (7265, "2h1m5s")])
def test_durations_as_go_spells_them(seconds: int, text: str) -> None:
    template = template_of(body({"enabled": True, "mode": "IPVS", "ipvsConfig": {"tcpTimeoutSeconds": seconds}}))
    assert template is not None
    assert template.configz_ipvs() == {"tcpTimeout": text}


def test_same_settings_same_revision() -> None:
    first, again, other = (template_of(body({"enabled": True, "mode": mode})) for mode in ("IPVS", "IPVS", "NFTABLES"))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.revision == again.revision != other.revision
