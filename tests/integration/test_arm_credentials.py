# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in to the simulator with credentials of every source that can be had offline."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import typing as t

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.support.modules import run_module
from tests.support.simulator import Simulator

PROOF = ("AZURE_SECRET",)


def read(env: t.Mapping[str, str], **args: t.Any) -> dict[str, t.Any]:
    return run_module("aks_network_info", args, env=env)


def without(env: t.Mapping[str, str], *names: str) -> dict[str, str]:
    return {key: value for key, value in env.items() if key not in names}


def assert_reads(result: dict[str, t.Any]) -> None:
    assert not result.get("failed"), result
    assert {cluster["name"] for cluster in result["clusters"]} == {"aks-a", "aks-b"}


def bare(env: t.Mapping[str, str]) -> dict[str, str]:
    """Cloud and trust, without any identity."""
    return {key: env[key] for key in ("AZURE_CLOUD_ENVIRONMENT", "REQUESTS_CA_BUNDLE")}


@pytest.fixture
def principal(simulator: Simulator) -> dict[str, str]:
    """As module options."""
    return {
        "subscription_id": simulator.subscription_id,
        "tenant": simulator.info["tenant"],
        "client_id": simulator.info["client_id"],
        "secret": simulator.info["secret"],
    }


def test_one_token_request(simulator: Simulator, azure_env: dict[str, str]) -> None:
    simulator.clear_log()
    assert_reads(read(azure_env))
    assert [entry["method"] for entry in simulator.log(kind="token") if entry["method"] == "POST"] == ["POST"]


def test_names_of_azure_identity(azure_env: dict[str, str]) -> None:
    env = without(azure_env, "AZURE_SECRET", "AZURE_TENANT")
    assert_reads(read({**env, "AZURE_CLIENT_SECRET": azure_env["AZURE_SECRET"], "AZURE_TENANT_ID": azure_env["AZURE_TENANT"]}))


@pytest.mark.parametrize("source", ["auto", "options"])
def test_options(simulator: Simulator, azure_env: dict[str, str], principal: dict[str, str], source: str) -> None:
    env = {**bare(azure_env), "AZURE_CLIENT_ID": "another", "AZURE_TENANT": "another", "AZURE_SECRET": "another"}
    assert_reads(read(env, auth_source=source, cloud_environment=simulator.arm, **principal))


def test_profile(tmp_path: pathlib.Path, azure_env: dict[str, str], principal: dict[str, str]) -> None:
    (tmp_path / ".azure").mkdir()
    lines = "\n".join(f"{key}={value}" for key, value in principal.items())
    (tmp_path / ".azure" / "credentials").write_text(f"[default]\nclient_id=x\n[simulated]\n{lines}\n")
    env = {**bare(azure_env), "HOME": str(tmp_path)}
    assert_reads(read(env, profile="simulated"))
    assert_reads(read({**env, "AZURE_PROFILE": "simulated"}, auth_source="credential_file"))
    assert read(env)["error"]["code"] == "NoCredentials"


@pytest.mark.parametrize("way", ["option", "variable", "file option", "file variable"])
def test_federated_token(tmp_path: pathlib.Path, azure_env: dict[str, str], way: str) -> None:
    token, path = "header.payload.signature", tmp_path / "token"
    path.write_text(token)
    options = {"option": {"oidc_token": token}, "file option": {"oidc_token_file_path": str(path)}}
    variables = {"variable": {"AZURE_FEDERATED_TOKEN": token}, "file variable": {"AZURE_FEDERATED_TOKEN_FILE": str(path)}}
    assert_reads(read({**without(azure_env, *PROOF), **variables.get(way, {})}, **options.get(way, {})))


def test_certificate(tmp_path: pathlib.Path, azure_env: dict[str, str]) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "principal")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "principal.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    assert_reads(read(without(azure_env, *PROOF), x509_certificate_path=str(path)))


def az(directory: pathlib.Path, script: str) -> str:
    """PATH with a program az in front."""
    directory.mkdir()
    program = directory / "az"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"{directory}{os.pathsep}{os.environ['PATH']}"


def test_azure_cli(tmp_path: pathlib.Path, simulator: Simulator, azure_env: dict[str, str]) -> None:
    """The CLI's own token does not come from the simulator, which therefore refuses it; what matters is that it was asked for and sent."""
    profile = {"subscriptions": [{"id": simulator.subscription_id, "isDefault": True}]}
    (tmp_path / "azureProfile.json").write_text(json.dumps(profile), encoding="utf-8-sig")
    token = json.dumps({"accessToken": "cli-token-value", "expires_on": 4102444800})
    path = az(tmp_path / "bin", f"[ \"$2\" = get-access-token ] && echo '{token}'")
    simulator.clear_log()
    result = read({**bare(azure_env), "PATH": path, "AZURE_CONFIG_DIR": str(tmp_path)})
    assert result["error"]["code"] == "InvalidAuthenticationToken"
    assert "az login" in result["msg"]
    assert "cli-token-value" not in str(result)
    assert simulator.subscription_id in simulator.log(kind="arm")[0]["path"]


def test_azure_cli_that_is_not_signed_in(tmp_path: pathlib.Path, azure_env: dict[str, str]) -> None:
    path = az(tmp_path / "bin", "echo 'Please run az login to setup account.' >&2; exit 1")
    result = read({**bare(azure_env), "PATH": path, "AZURE_CONFIG_DIR": str(tmp_path)})
    assert result["error"]["code"] == "NoCredentials"
    assert "az login" in result["msg"]


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"AZURE_SECRET": "wr0ng-s3cret"}, "AADSTS7000215", "secret"),
        ({"AZURE_CLIENT_ID": "33333333-0000-0000-0000-000000000000"}, "AADSTS700016", "client_id"),
        ({"AZURE_TENANT": "44444444-0000-0000-0000-000000000000"}, None, "tenant"),
        ({"AZURE_TENANT": "not a tenant"}, "BadCredentials", "tenant"),
    ],
)
def test_wrong_credentials(
    simulator: Simulator,
    azure_env: dict[str, str],
    capfd: pytest.CaptureFixture[str],
    change: dict[str, str],
    code: str | None,
    word: str,
) -> None:
    result = read({**azure_env, **change})
    assert result["failed"]
    assert code in (None, result["error"]["code"])
    assert word in result["msg"]
    assert "Traceback" not in str(result)
    secret = change.get("AZURE_SECRET", azure_env["AZURE_SECRET"])
    assert secret not in str(result)
    captured = capfd.readouterr()
    assert secret not in captured.out + captured.err
    assert captured.err == ""
    assert simulator.log(kind="arm") == []


@pytest.mark.parametrize(
    ("env", "code", "words"),
    [
        ({}, "NoCredentials", ["client_id", "AZURE_SECRET", "az login", "no az on PATH"]),
        ({"AZURE_CLIENT_ID": "c", "AZURE_TENANT": "t"}, "NoCredentials", ["missing a credential"]),
        ({"AZURE_AD_USER": "u", "AZURE_PASSWORD": "p4ssw0rd"}, "UserPasswordUnsupported", ["not supported"]),
    ],
)
def test_missing_credentials(
    tmp_path: pathlib.Path, simulator: Simulator, azure_env: dict[str, str], env: dict[str, str], code: str, words: list[str]
) -> None:
    simulator.clear_log()
    result = read({**bare(azure_env), "PATH": str(tmp_path), **env})
    assert result["error"]["code"] == code
    assert [word for word in words if word not in result["msg"]] == []
    assert "p4ssw0rd" not in str(result)
    assert simulator.log() == []
