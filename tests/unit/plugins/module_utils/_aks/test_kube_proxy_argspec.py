# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.doc_fragments.kube_proxy import ModuleDocFragment
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.configuration import IpvsConfig, KubeProxyDeclaration
from ansible_collections.aks.dataplane.plugins.module_utils._aks.kube_proxy.options import (
    KUBE_PROXY,
    KUBE_PROXY_STATE,
    declaration_from_params,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._files.json_file import read_json_object

from tests.support.arguments import accepted, refusals


def ipvs(**settings: t.Any) -> dict[str, t.Any]:
    names = ("scheduler", "tcp_timeout_seconds", "tcp_fin_timeout_seconds", "udp_timeout_seconds")
    return {name: settings.get(name) for name in names}


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"state": "default"}, KubeProxyDeclaration("default")),
        ({"state": "present", "enabled": True}, KubeProxyDeclaration("partial", enabled=True)),
        ({"enabled": False, "mode": None, "ipvs_config": None}, KubeProxyDeclaration("partial", enabled=False)),
        ({"mode": "NFTABLES"}, KubeProxyDeclaration("partial", mode="NFTABLES")),
        (
            {"mode": "IPVS", "ipvs_config": ipvs(scheduler="RoundRobin", udp_timeout_seconds=1)},
            KubeProxyDeclaration("partial", mode="IPVS", ipvs=IpvsConfig("RoundRobin", udp_timeout_seconds=1)),
        ),
        ({"ipvs_config": ipvs()}, KubeProxyDeclaration("partial", ipvs=IpvsConfig())),
        ({"config": {"enabled": False, "mode": "IPVS"}}, KubeProxyDeclaration("whole", config={"enabled": False, "mode": "IPVS"})),
        ({}, KubeProxyDeclaration("partial")),
    ],
    ids=str,
)
def test_what_options_declare(params: dict[str, t.Any], wanted: KubeProxyDeclaration) -> None:
    assert declaration_from_params(params, read_json_object) == wanted


@pytest.mark.parametrize(
    ("params", "reported"),
    [
        ({"state": "default", "mode": "IPVS"}, "state is default, which takes no configuration, but mode is set."),
        ({"state": "default", "enabled": False, "mode": "IPVS"}, "enabled and mode is set"),
        ({"enabled": False, "mode": "IPVS"}, "enabled is false, but mode is IPVS."),
        ({"enabled": False, "ipvs_config": ipvs()}, "enabled is false, but ipvs_config is set."),
        ({"mode": "NFTABLES", "ipvs_config": ipvs(scheduler="RoundRobin")}, "ipvs_config is set, but mode is NFTABLES."),
        (
            {"ipvs_config": ipvs(tcp_timeout_seconds=-1)},
            "ipvs_config.tcp_timeout_seconds is -1, but must be a number of seconds from 1 to 2147483647.",
        ),
        ({"ipvs_config": ipvs(udp_timeout_seconds=0)}, "ipvs_config.udp_timeout_seconds is 0,"),
        ({"ipvs_config": ipvs(tcp_fin_timeout_seconds=2**31)}, "ipvs_config.tcp_fin_timeout_seconds is 2147483648,"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(params: dict[str, t.Any], reported: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        declaration_from_params(params, read_json_object)
    assert reported in caught.value.message


def test_a_file_is_read_like_config(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kube-proxy.json"
    file.write_text('{"enabled": true, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}')
    config = {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900}}
    assert (
        declaration_from_params({"config_file": str(file)}, read_json_object)
        == declaration_from_params({"config": config}, read_json_object)
        == KubeProxyDeclaration("whole", config=config)
    )


def test_errors_of_a_file_name_the_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "kube-proxy.json"
    file.write_text('{"enabled": true, "mode": "EBPF"}')
    with pytest.raises(DataplaneError, match=r"kube-proxy\.json is not a kube-proxy configuration: \$\.mode is \"EBPF\""):
        declaration_from_params({"config_file": str(file)}, read_json_object)


def test_the_specification_is_the_documented_one() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert set(documented) == set(KUBE_PROXY.options)
    for name, option in KUBE_PROXY.options.items():
        assert documented[name]["type"] == option["type"]
        assert documented[name].get("choices") == option.get("choices")
    assert set(KUBE_PROXY_STATE.options) == {*KUBE_PROXY.options, "state"}


TIMEOUTS = ("tcp_timeout_seconds", "tcp_fin_timeout_seconds", "udp_timeout_seconds")


@pytest.mark.parametrize("name", TIMEOUTS)
def test_the_shortest_and_the_longest_timeout(name: str) -> None:
    for seconds in (1, 2147483647):
        wanted = declaration_from_params({"mode": "IPVS", "ipvs_config": ipvs(**{name: seconds})}, read_json_object)
        assert wanted.ipvs == IpvsConfig(**{name: seconds})
    for seconds in (0, 2147483648):
        with pytest.raises(DataplaneError, match=f"ipvs_config.{name} is {seconds}, but must be a number of seconds from 1 to 2147483647"):
            declaration_from_params({"mode": "IPVS", "ipvs_config": ipvs(**{name: seconds})}, read_json_object)


@pytest.mark.parametrize("name", ["enabled", "mode", "ipvs_config", "config", "config_file"])
def test_the_default_takes_no_configuration(name: str) -> None:
    with pytest.raises(DataplaneError, match=f"but {name} is set"):
        declaration_from_params({"state": "default", name: "something"}, read_json_object)


def test_the_options_as_ansible_takes_them() -> None:
    settings = {"scheduler": "RoundRobin", **dict.fromkeys(TIMEOUTS, "30")}
    taken = accepted(KUBE_PROXY_STATE, {"enabled": "yes", "mode": "IPVS", "ipvs_config": settings})
    assert taken["ipvs_config"] == {"scheduler": "RoundRobin", **dict.fromkeys(TIMEOUTS, 30)}
    assert (taken["enabled"], taken["mode"], taken["state"]) == (True, "IPVS", "present")
    assert accepted(KUBE_PROXY_STATE, {"state": "default"})["state"] == "default"
    for mode in ("IPTABLES", "IPVS", "NFTABLES"):
        assert accepted(KUBE_PROXY, {"mode": mode})["mode"] == mode
    for scheduler in ("LeastConnection", "RoundRobin"):
        assert accepted(KUBE_PROXY, {"ipvs_config": {"scheduler": scheduler}})["ipvs_config"]["scheduler"] == scheduler


@pytest.mark.parametrize(
    ("params", "reported"),
    [
        ({"mode": "EBPF"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: EBPF"),
        ({"state": "absent", "mode": "IPVS"}, "value of state must be one of: present, default, got: absent"),
        (
            {"ipvs_config": {"scheduler": "lc"}},
            "value of scheduler must be one of: LeastConnection, RoundRobin, got: lc found in ipvs_config",
        ),
        ({"ipvs_config": {"tcp_timeout_seconds": "soon"}}, "argument 'tcp_timeout_seconds' is of type"),
        (
            {},
            "state is present but any of the following are missing: enabled, mode, ipvs_config, config, config_file",
        ),
    ],
    ids=str,
)
def test_what_ansible_refuses(params: dict[str, t.Any], reported: str) -> None:
    (refusal,) = refusals(KUBE_PROXY_STATE, params)
    assert refusal.startswith(reported)


@pytest.mark.parametrize("whole", [{"config": {"enabled": True}}, {"config_file": "/kube-proxy.json"}], ids=str)
@pytest.mark.parametrize("part", [{"enabled": True}, {"mode": "IPVS"}, {"ipvs_config": {"scheduler": "RoundRobin"}}], ids=str)
def test_a_whole_configuration_goes_with_no_part_of_it(whole: dict[str, t.Any], part: dict[str, t.Any]) -> None:
    assert refusals(KUBE_PROXY, {**whole, **part}) == [f"parameters are mutually exclusive: {'|'.join([*whole, *part])}"]


def test_a_configuration_is_given_once() -> None:
    both = {"config": {"enabled": True}, "config_file": "/kube-proxy.json"}
    assert refusals(KUBE_PROXY, both) == ["parameters are mutually exclusive: config|config_file"]


@pytest.mark.parametrize(("name", "value"), [("config", {"mode": "IPVS"}), ("config_file", "file")])
def test_a_whole_configuration_is_called_as_the_option_or_the_file(tmp_path: pathlib.Path, name: str, value: t.Any) -> None:
    file = tmp_path / "kube-proxy.json"
    file.write_text('{"mode": "IPVS"}')
    given, called = (value, "config") if name == "config" else (str(file), str(file))
    with pytest.raises(DataplaneError) as caught:
        declaration_from_params({name: given}, read_json_object)
    assert caught.value.message.startswith(f"{called} is not a kube-proxy configuration: ")


def test_a_file_that_cannot_be_read_is_said_of_the_option() -> None:
    with pytest.raises(DataplaneError) as caught:
        declaration_from_params({"config_file": "/nowhere/kube-proxy.json"}, read_json_object)
    assert caught.value.message.startswith("config_file: /nowhere/kube-proxy.json cannot be read")


@pytest.mark.parametrize(
    ("params", "kind"),
    [({"mode": "IPVS"}, "partial"), ({}, "partial"), ({"state": "default"}, "default"), ({"config": {"enabled": False}}, "whole")],
    ids=str,
)
def test_no_file_is_read_unless_one_is_named(params: dict[str, t.Any], kind: str) -> None:
    def refuse(path: str, option: str) -> dict[str, t.Any]:
        raise AssertionError(f"{option}: {path} was read")

    assert declaration_from_params(params, refuse).kind == kind
