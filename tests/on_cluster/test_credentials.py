# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The token of a service account lets a run in; one that is void is refused in plain words, before anything is changed."""

from __future__ import annotations

import base64
import json
import pathlib
import time
import typing as t

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.cluster.accounts import Account
from tests.cluster.client import ClusterClient
from tests.cluster.credentials import kubeconfig
from tests.support.fleet import Fleet
from tests.support.modules import run_module
from tests.support.simulator import Simulator


@pytest.fixture
def account(cluster: ClusterClient) -> t.Iterator[Account]:
    made = Account(cluster.api, "visitor")
    yield made
    made.remove()


def remade(token: str, key: rsa.RSAPrivateKey, **claims: t.Any) -> str:
    """A token with other claims, signed with the key."""
    head, body, _signature = token.split(".")
    changed = {**json.loads(base64.urlsafe_b64decode(body + "==")), **claims}
    signed = f"{head}.{_in64(json.dumps(changed).encode())}"
    return f"{signed}.{_in64(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _in64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def own_key(cluster: ClusterClient) -> rsa.RSAPrivateKey:
    """With which the cluster signs tokens."""
    pem = (cluster.folder / "credentials" / "service-accounts.key").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def expired(cluster: ClusterClient, account: Account) -> str:
    now = int(time.time())
    return remade(account.token, own_key(cluster), iat=now - 7200, nbf=now - 7200, exp=now - 3600)


def foreign(_cluster: ClusterClient, account: Account) -> str:
    return remade(account.token, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def removed(_cluster: ClusterClient, account: Account) -> str:
    account.remove()
    return account.token


def not_a_token(_cluster: ClusterClient, _account: Account) -> str:
    return "not-a-token"


VOID = (expired, foreign, removed, not_a_token)


def write(cluster: ClusterClient, folder: pathlib.Path, user: t.Mapping[str, str]) -> str:
    path = folder / "kubeconfig"
    path.write_text(kubeconfig(cluster.address, cluster.authority, user), encoding="ascii")
    return str(path)


def status(cloud: Simulator, config: str) -> dict[str, t.Any]:
    args = {"resource_group": cloud.resource_group, "name": "aks-a", "mode": "IPTABLES", "wait": False, "kubeconfig": config}
    return run_module("aks_dataplane_status_info", args, env=cloud.environment())


@pytest.mark.parametrize("where", ["token", "tokenFile"])
def test_a_service_account(cloud: Simulator, cluster: ClusterClient, account: Account, tmp_path: pathlib.Path, where: str) -> None:
    file = tmp_path / "token"
    # As editors leave it.
    file.write_text(f"{account.token}\n", encoding="ascii")
    result = status(cloud, write(cluster, tmp_path, {where: account.token if where == "token" else str(file)}))
    assert not result.get("failed"), result
    assert (result["verdict"]["state"], result["verdict"]["nodes_wanted"]) == ("wanted", 3)


def test_one_that_was_signed_anew(cloud: Simulator, cluster: ClusterClient, account: Account, tmp_path: pathlib.Path) -> None:
    """The tokens below are refused for what is said of them, and not for how they are made."""
    result = status(cloud, write(cluster, tmp_path, {"token": remade(account.token, own_key(cluster))}))
    assert not result.get("failed"), result


@pytest.mark.parametrize("make", VOID, ids=lambda make: str(make.__name__))
def test_a_token_that_is_void(
    cloud: Simulator, cluster: ClusterClient, account: Account, tmp_path: pathlib.Path, make: t.Callable[[ClusterClient, Account], str]
) -> None:
    token = make(cluster, account)
    config = write(cluster, tmp_path, {"token": token})
    # The API server remembers for seconds which tokens were good.
    deadline = time.monotonic() + 60
    while cluster.api.as_user(token).request("GET", "/api/v1/nodes").status != 401:
        assert time.monotonic() < deadline
        time.sleep(0.3)

    results = {
        name: run_module(
            name, {"resource_group": cloud.resource_group, "name": "aks-a", "kubeconfig": config, **options}, env=cloud.environment()
        )
        for name, options in (
            ("aks_dataplane_status_info", {"mode": "IPTABLES", "wait_timeout": 5, "poll_interval": 1}),
            ("aks_preflight_info", {"mode": "NFTABLES"}),
            ("aks_nodes_info", {}),
        )
    }

    for name, result in results.items():
        assert result.get("failed"), (name, result)
        assert result["error"]["code"] == "KubeUnauthorized", result
        assert "does not accept the credentials" in result["msg"]
        assert config in result["msg"]
        assert token not in json.dumps(result)


def test_a_run_with_an_expired_token_changes_nothing(
    fleet: Fleet, cluster: ClusterClient, account: Account, tmp_path: pathlib.Path
) -> None:
    run = fleet.run(aks_dataplane_kubeconfig=write(cluster, tmp_path, {"token": expired(cluster, account)}))

    assert run.returncode == 2, run.stdout + run.stderr
    assert fleet.records()[-1]["verdict"] == "refused"
    assert "does not accept the credentials" in fleet.records()[-1]["message"]
    assert fleet.writes() == []
