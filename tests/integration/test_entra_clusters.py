# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters with Microsoft Entra: their API servers take a token of the credential that Azure is asked with, and no kubelogin is needed."""

from __future__ import annotations

import pathlib
import stat
import typing as t

import pytest

from tests.support.modules import run_module
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator

ENTRA = {"properties": {"aadProfile": {"managed": True, "enableAzureRBAC": True}, "disableLocalAccounts": True}}


@pytest.fixture
def entra(simulator: Simulator) -> t.Iterator[Simulator]:
    simulator.reset()
    simulator.set_cluster("aks-a", ENTRA)
    simulator.clear_log()
    yield simulator
    simulator.clear_faults()


def options(simulator: Simulator) -> dict[str, t.Any]:
    return {"resource_group": simulator.resource_group, "name": "aks-a"}


def ask(simulator: Simulator, module: str = "aks_dataplane_status_info", **more: t.Any) -> dict[str, t.Any]:
    env = {**simulator.environment(), "PATH": "/nonexistent", **more.pop("env", {})}
    return run_module(module, {**options(simulator), **more}, env=env)


def tokens(simulator: Simulator) -> int:
    return len(simulator.log(kind="token"))


def test_the_status_needs_no_kubelogin(entra: Simulator) -> None:
    result = ask(entra, mode="IPTABLES")
    assert result["verdict"]["state"] == "wanted", result
    # One for ARM and one for the API server.
    assert tokens(entra) == 2


def test_a_token_that_the_api_server_refuses_is_renewed_once(entra: Simulator) -> None:
    entra.fault("unauthorized", path="/k8s/aks-a/api/v1/nodes", times=1)
    renewed = ask(entra, mode="IPTABLES")
    assert "verdict" in renewed, renewed
    assert renewed["verdict"]["state"] == "wanted"
    entra.fault("unauthorized", path="/k8s/aks-a/api/v1/nodes", times=None)
    result = ask(entra, mode="IPTABLES")
    assert result["failed"] is True
    assert result["error"]["status"] == 401


def test_the_preflight_and_a_whole_switch(entra: Simulator, tmp_path: pathlib.Path) -> None:
    run = run_playbook(
        "aks.dataplane.kube_proxy",
        {"all": {"hosts": {"aks-a": {}}}},
        env=entra.environment(),
        extra_vars={
            "aks_dataplane_resource_group": entra.resource_group,
            "aks_dataplane_kube_proxy": {"mode": "NFTABLES"},
            "aks_dataplane_record_dir": str(tmp_path),
            "aks_dataplane_wait_poll_interval": 1,
        },
    )
    assert run.returncode == 0, run.stdout
    # Of the whole run, which shares them.
    assert tokens(entra) == 2


def test_who_sets_a_login_method_has_kubelogin_run(entra: Simulator, tmp_path: pathlib.Path) -> None:
    """As before: who signs in may be somebody else than with Azure."""
    program = tmp_path / "kubelogin"
    program.write_text("#!/bin/sh\necho 'not today' >&2\nexit 3\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    result = ask(entra, mode="IPTABLES", env={"AAD_LOGIN_METHOD": "spn", "PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert "kubelogin" in result["msg"]
    assert "not today" in result["msg"]
