# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a credential of Azure signs in to an API server in place of a credential plugin, and for which application."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.entra import AKS_SERVER, entra_login
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig_entries import Plugin

OTHER = "00000003-0000-0000-c000-000000000000"


def plugin(*args: str, command: str = "kubelogin") -> Plugin:
    return Plugin(command, args, {}, "client.authentication.k8s.io/v1beta1", "", "", False, "")


class Tokens:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def __call__(self, scope: str, refused: str) -> tuple[str, float]:
        self.asked.append((scope, refused))
        return "token", 1_800_000_000.0


@pytest.mark.parametrize("args", [("get-token", "--server-id", AKS_SERVER), (f"--server-id={AKS_SERVER}", "--login", "devicecode")])
def test_a_token_for_the_server_application_of_aks(args: tuple[str, ...]) -> None:
    tokens = Tokens()
    login = entra_login(plugin(*args), tokens, {"AAD_LOGIN_METHOD": ""})
    assert login is not None
    assert tokens.asked == []
    given = login("old")
    assert tokens.asked == [(f"{AKS_SERVER}/.default", "old")]
    assert (given.token, given.expires.timestamp() if given.expires else None) == ("token", 1_800_000_000.0)


@pytest.mark.parametrize(
    "args",
    [("--server-id", OTHER), (f"--server-id={OTHER}",), ("--server-id",), ("get-token",), (AKS_SERVER,), (f"--client-id={AKS_SERVER}",)],
)
def test_no_token_for_anything_else(args: tuple[str, ...]) -> None:
    """Whoever answers in Azure's place could have tokens for other services sent to a server of theirs."""
    assert entra_login(plugin(*args), Tokens(), {}) is None


@pytest.mark.parametrize(
    ("of", "token", "environ"),
    [
        (None, Tokens(), {}),
        (plugin("--server-id", AKS_SERVER), None, {}),
        (plugin("--server-id", AKS_SERVER), Tokens(), {"AAD_LOGIN_METHOD": "spn"}),
        (plugin("--server-id", AKS_SERVER, command="gke-auth"), Tokens(), {}),
    ],
)
def test_the_plugin_is_run_as_before(of: Plugin | None, token: t.Any, environ: dict[str, str]) -> None:
    assert entra_login(of, token, environ) is None
