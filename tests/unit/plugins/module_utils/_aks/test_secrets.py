# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texts of a cluster's body count as secrets."""

from __future__ import annotations

import json
import typing as t
import urllib.parse

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.secrets import secrets_of, without_secrets
from ansible_collections.aks.dataplane.plugins.module_utils._common.credential_patterns import MASK
from ansible_collections.aks.dataplane.plugins.module_utils._common.masking import hide
from hypothesis import given
from hypothesis import strategies as st


def in_properties(value: t.Any) -> dict[str, t.Any]:
    return {"location": "westeurope", "properties": value}


@pytest.mark.parametrize(
    ("properties", "secret"),
    [
        ({"windowsProfile": {"adminUsername": "admin", "adminPassword": "pw1"}}, "pw1"),
        ({"servicePrincipalProfile": {"clientId": "msi", "secret": "principal-secret"}}, "principal-secret"),
        ({"aadProfile": {"serverAppSecret": "aad-secret"}}, "aad-secret"),
        ({"httpProxyConfig": {"httpProxy": "http://u:hunter2@p:1"}}, "http://u:hunter2@p:1"),
        ({"httpProxyConfig": {"httpsProxy": "http://u:hunter2@p:1"}}, "hunter2"),
        ({"httpProxyConfig": {"httpProxy": "http://u:hunter%2F2@p:1"}}, "hunter/2"),
        ({"httpProxyConfig": {"noProxy": ["user:hunter2@host"]}}, "user:hunter2@host"),
        ({"HTTPProxyConfig": {"trustedCa": "LS0tLS1C"}}, "LS0tLS1C"),
        ({"addonProfiles": {"a": {"config": {"key": "hunter2"}}}}, "hunter2"),
        ({"addonProfiles": {"a": {"config": {"deep": [{"er": "hunter2"}]}}}}, "hunter2"),
        ({"addonProfiles": {"a": {"Config": {"key": 'with "quotes"'}}}}, r"with \"quotes\""),
        ({"anything": {"connectionString": "Endpoint=sb://x"}}, "Endpoint=sb://x"),
        ({"anything": [{"accessKey": "k3y"}]}, "k3y"),
        ({"registry": {"credentials": {"name": "some-name"}}}, "some-name"),
        ({"bootstrapToken": "abc"}, "abc"),
        ({"api_key": 12345}, "12345"),
        ({"anything": "see https://user:hunter2@host/x"}, "hunter2"),
        ({"anything": ["postgres://user:hunter2@host/x"]}, "user:hunter2"),
    ],
    ids=str,
)
def test_secrets_are_found_by_where_they_stand(properties: dict[str, t.Any], secret: str) -> None:
    body = in_properties(properties)
    assert secret in secrets_of(body)
    assert secret not in json.dumps(without_secrets(body))


@pytest.mark.parametrize(
    "properties",
    [
        None,
        "",
        [],
        {"windowsProfile": {"adminUsername": "azureuser", "adminPassword": ""}, "aadProfile": {"serverAppSecret": None}},
        {"dnsPrefix": "aks-prod", "kubernetesVersion": "1.33.3"},
        {"networkProfile": {"kubeProxyConfig": {"mode": "NFTABLES"}, "noProxy": "localhost"}},
        {"linuxProfile": {"ssh": {"publicKeys": [{"keyData": "ssh-rsa AAAA"}]}}},
        {"addonProfiles": {"azureKeyvaultSecretsProvider": {"enabled": True, "config": {"enableSecretRotation": "false", "rotationPollInterval": "2m"}}}},
        {"addonProfiles": {"omsagent": {"enabled": True, "config": {"useAADAuth": "true"}}}},
        {"anything": "https://host.example/path@x"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_none(properties: t.Any) -> None:
    body = in_properties(properties)
    assert secrets_of(body) == set()
    assert without_secrets(body) == body


def test_what_everybody_knows_is_none() -> None:
    body = in_properties({"addonProfiles": {"a": {"config": {"group": "rg-prod", "cluster": "prod", "other": "rg-prod-2"}}}})
    assert secrets_of(body, public=("rg-prod", "aks-prod")) == {"rg-prod-2"}


def test_the_rest_of_a_body_stays() -> None:
    body = in_properties(
        {
            "httpProxyConfig": {"httpProxy": "http://u:hunter2@p:1", "noProxy": ["localhost", 1, None]},
            "addonProfiles": {"a": {"enabled": True, "config": {"key": "hunter2", "on": "True"}}, "b": None},
            "agentPoolProfiles": [{"name": "system", "count": 3, "pin": "http://u:p@host"}],
        }
    )
    assert without_secrets(body) == in_properties(
        {
            "httpProxyConfig": {"httpProxy": MASK, "noProxy": [MASK, 1, None]},
            "addonProfiles": {"a": {"enabled": True, "config": {"key": MASK, "on": "True"}}, "b": None},
            "agentPoolProfiles": [{"name": "system", "count": 3, "pin": "http://host"}],
        }
    )


HOLDERS = st.sampled_from([("httpProxyConfig", "httpProxy"), ("config", "x"), ("adminPassword",), ("x", "clientSecret"), ("tokens", "y")])


@given(HOLDERS, st.text(min_size=4, max_size=20), st.integers(0, 3))
def test_however_a_secret_is_quoted(path: tuple[str, ...], secret: str, depth: int) -> None:
    body: t.Any = secret
    for key in reversed(("properties", *path)):
        body = {key: body}
    for _level in range(depth):
        body = {"properties": [body]}
    found = secrets_of(body)
    if secret.lower() in ("true", "false"):
        return
    quotes = (secret, json.dumps(secret), json.dumps({"x": secret}, ensure_ascii=False), urllib.parse.quote(secret, safe=""))
    for quote in quotes:
        assert quote.strip('"') not in hide(f"before {quote} after", found) or quote.strip('"') in MASK
