# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kubeconfig that was fetched makes this machine run kubelogin, and nothing else."""

from __future__ import annotations

import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import connect
from ansible_collections.aks.dataplane.plugins.module_utils._kube.entra import AKS_SERVER
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

ANSWER = '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential", "status": {"token": "from-kubelogin"}}'
# As AKS sends it.
KUBELOGIN = {
    "apiVersion": "client.authentication.k8s.io/v1beta1",
    "command": "kubelogin",
    "args": [
        "get-token",
        "--environment",
        "AzurePublicCloud",
        "--server-id",
        "6dae42f8-4368-4678-94ff-3960e28e3630",
        "--client-id",
        "80faf920",
        "--login",
        "devicecode",
    ],
    "env": None,
    "provideClusterInfo": False,
}


def text(user: dict[str, t.Any]) -> str:
    return yaml.safe_dump(
        {
            "current-context": "one",
            "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": "https://c.example:443"}}],
            "users": [{"name": "u", "user": user}],
        }
    )


@pytest.fixture
def ran(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """What is there after a program was run."""
    mark = tmp_path / "ran"
    for name in ("kubelogin", "other"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {mark}\necho '{ANSWER}'\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("AAD_LOGIN_METHOD", "spn")
    monkeypatch.chdir(tmp_path)
    return mark


def fetched(user: dict[str, t.Any]) -> None:
    connect({}, lambda _admin: text(user))


@pytest.mark.parametrize("env", [None, [], [{"name": "AAD_LOGIN_METHOD", "value": "msi"}, {"name": "AZURE_CLIENT_ID", "value": "x"}]])
def test_kubelogin_is_run(ran: pathlib.Path, env: t.Any) -> None:
    fetched({"exec": {**KUBELOGIN, "env": env}})
    assert ran.exists()


@pytest.mark.parametrize(
    "args",
    [
        [f"--server-id={AKS_SERVER}", "--login=spn", "--legacy"],
        ["-e", "AzureChinaCloud", "-t", "tenant", "-l", "msi", "--pop-enabled", "--pop-claims", "u=/subscriptions/s"],
        ["--server-id", AKS_SERVER, "--tenant-id", "--login", "--timeout", "60s"],
    ],
    ids=str,
)
def test_it_may_be_said_whom_it_signs_in_as(ran: pathlib.Path, args: list[str]) -> None:
    fetched({"exec": {**KUBELOGIN, "args": ["get-token", *args]}})
    assert ran.exists()


OF_AKS = ["get-token", "--server-id", AKS_SERVER]


@pytest.mark.parametrize(
    "user",
    [
        # What has it send a secret or a file of this machine elsewhere, or get a token for other services.
        *(
            {"exec": {**KUBELOGIN, "args": args}}
            for args in (
                [*OF_AKS, "--authority-host", "https://other.example"],
                [*OF_AKS, "--authority-host=https://other.example"],
                [*OF_AKS, "--federated-token-file", "/etc/hostname"],
                [*OF_AKS, "--login", "spn", "--client-certificate", "/etc/hostname"],
                [*OF_AKS, "--token-cache-dir", "/root"],
                [*OF_AKS, "--client-secret", "x"],
                [*OF_AKS, "--server-id", "https://management.azure.com"],
                ["get-token", "--server-id=https://management.azure.com", "--server-id", AKS_SERVER],
                ["get-token", "--server-id"],
                ["convert-kubeconfig", "--kubeconfig", "/etc/hostname"],
                ["--server-id", AKS_SERVER, "get-token"],
                [],
            )
        ),
        *(
            {"exec": {**KUBELOGIN, "env": [{"name": name, "value": "/etc/hostname"}]}}
            for name in ("AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CONFIG_DIR")
        ),
        *({"exec": {**KUBELOGIN, "command": command}} for command in ("other", "./kubelogin", "/bin/sh", "kubelogin ", "../kubelogin")),
        *({"exec": {**KUBELOGIN, "env": [{"name": name, "value": "x"}]}} for name in ("LD_PRELOAD", "PATH", "HTTPS_PROXY", "", None)),
        {"auth-provider": {"name": "gcp", "config": {"cmd-path": "other"}}},
        {"tokenFile": "/etc/hostname"},
        {"token": "t", "tokenFile": "/etc/hostname"},
        {"client-certificate": "/etc/hostname", "client-key": "/etc/hostname"},
        {"client-certificate-data": "eA==", "client-key": "/etc/hostname"},
    ],
    ids=str,
)  # fmt: skip
def test_nothing_else_is(ran: pathlib.Path, user: dict[str, t.Any]) -> None:
    with pytest.raises(KubeError) as caught:
        fetched(user)
    assert caught.value.code == "KubeconfigInvalid"
    assert caught.value.message.startswith("The kubeconfig fetched from Azure ")
    assert "so it was not used" in caught.value.message
    assert not ran.exists()


@pytest.mark.parametrize(
    "plugin",
    [
        "kubelogin",
        ["kubelogin"],
        {**KUBELOGIN, "command": ["kubelogin"]},
        {**KUBELOGIN, "env": [{"name": 1, "value": "x"}]},
        {**KUBELOGIN, "env": {"AAD_LOGIN_METHOD": "msi"}},
        {**KUBELOGIN, "env": ["AAD_LOGIN_METHOD"]},
    ],
    ids=str,
)
def test_what_has_another_shape_runs_nothing(ran: pathlib.Path, plugin: t.Any) -> None:
    with pytest.raises(KubeError) as caught:
        fetched({"exec": plugin})
    assert caught.value.code == "KubeconfigInvalid"
    assert caught.value.message.startswith("The kubeconfig fetched from Azure cannot be used: ")
    assert not ran.exists()


def test_an_operators_kubeconfig_may_have_any_plugin(ran: pathlib.Path, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "config"
    file.write_text(text({"exec": {**KUBELOGIN, "command": "other"}}))
    connect({"kubeconfig": str(file)}, lambda _admin: "")
    assert ran.exists()
