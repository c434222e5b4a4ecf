# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of every module: an option, its alias or its environment variable that is set but empty counts as not given."""

from __future__ import annotations

import importlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.module import Module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.argspec import KUBERNETES, SERVER

from tests.support.modules import patch_module_args
from tests.support.simulator import ROOT

MODULES = "ansible_collections.aks.dataplane.plugins.modules"
CLUSTER = {"resource_group": "rg", "name": "aks-a"}
# What each cannot do without.
NEEDED: dict[str, dict[str, t.Any]] = {
    "aks_audit": {},
    "aks_dataplane_report": {"records": ["runs"]},
    "aks_dataplane_status_info": CLUSTER,
    "aks_ebpf_host_routing": {**CLUSTER, "state": "enabled"},
    "aks_interruption_probe": {**CLUSTER, "state": "started", "targets": [{"name": "web"}]},
    "aks_kube_proxy": {**CLUSTER, "mode": "NFTABLES"},
    "aks_network_info": {},
    "aks_node_ruleset": {**CLUSTER, "ruleset": "base"},
    "aks_nodes_info": CLUSTER,
    "aks_nodes_probe": CLUSTER,
    "aks_preflight_info": {**CLUSTER, "mode": "NFTABLES"},
    "aks_preview_feature": {"name": "KubeProxyConfigurationPreview"},
    "aks_run_record": {"event": "checked"},
    "node_dataplane_info": {},
    "node_nftables_ruleset": {"content": "table inet t { }"},
    "node_nftables_ruleset_info": {},
}


class Read(t.NamedTuple):
    """argument_spec: of the module; params: as its body would get them."""

    argument_spec: dict[str, t.Any]
    params: dict[str, t.Any]


def read(name: str, arguments: t.Mapping[str, t.Any], monkeypatch: pytest.MonkeyPatch) -> Read:
    """Raises SystemExit for arguments that the module refuses."""
    found: list[Module] = []
    module = importlib.import_module(f"{MODULES}.{name}")
    begin = "run_on_controller" if hasattr(module, "run_on_controller") else "run_module"
    monkeypatch.setattr(module, begin, lambda made, _body: found.append(made))
    with patch_module_args(dict(arguments)):
        module.main()
    (made,) = found
    return Read(made.argument_spec, made.params)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for names in (option["fallback"][1] for option in KUBERNETES.merge(SERVER).options.values() if "fallback" in option):
        for name in names:
            monkeypatch.delenv(name, raising=False)


def test_every_module_is_here() -> None:
    assert set(NEEDED) == {path.stem for path in (ROOT / "plugins" / "modules").glob("*.py")}


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_option_is_not_given(name: str, empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = read(name, NEEDED[name], monkeypatch)
    for option in plain.argument_spec:
        if option not in NEEDED[name] and not option.startswith("_"):
            assert read(name, {**NEEDED[name], option: empty}, monkeypatch).params == plain.params, option


@pytest.mark.parametrize("name", NEEDED)
def test_what_is_needed_is_missing_when_it_is_empty(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for option in NEEDED[name]:
        with pytest.raises(SystemExit):
            read(name, {**NEEDED[name], option: ""}, monkeypatch)
        reported = capsys.readouterr().out
        assert any(words in reported for words in ("missing required arguments", "are missing", "is required")), reported
        assert option in reported


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_environment_variable_is_not_set(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As AWX sets it, for a field of a credential that was left empty."""
    plain = read("aks_dataplane_status_info", NEEDED["aks_dataplane_status_info"], monkeypatch)
    monkeypatch.setenv("K8S_AUTH_CONTEXT", value)
    monkeypatch.setenv("K8S_AUTH_KUBECONFIG", value)
    assert read("aks_dataplane_status_info", NEEDED["aks_dataplane_status_info"], monkeypatch).params == plain.params
    monkeypatch.setenv("K8S_AUTH_CONTEXT", "blue")
    assert (
        read("aks_dataplane_status_info", {**NEEDED["aks_dataplane_status_info"], "context": ""}, monkeypatch).params["context"] == "blue"
    )


@pytest.mark.parametrize("name", NEEDED)
def test_an_alias_is_the_option(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that other collections for Azure have taught; empty, it is not given either."""
    plain = read(name, NEEDED[name], monkeypatch)
    for option, spec in plain.argument_spec.items():
        others = {key: value for key, value in NEEDED[name].items() if key != option}
        value, expected = ("true", True) if spec["type"] == "bool" else ("given", "given")
        given = read(name, {**others, option: value}, monkeypatch).params[option] if spec.get("aliases") else None
        for alias in spec.get("aliases", ()):
            assert read(name, {**others, alias: value}, monkeypatch).params[option] == given == expected, alias
            assert read(name, {**NEEDED[name], alias: ""}, monkeypatch).params == plain.params, alias
