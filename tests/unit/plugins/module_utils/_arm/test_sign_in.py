# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import KNOWN, Cloud
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import Choice
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.sign_in import SafeCredential, build_credential, sign_in_error
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from azure import identity
from azure.core.exceptions import ClientAuthenticationError

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
TENANT = "22222222-2222-3333-4444-555555555555"
SECRET = "s3cret~value"
CLOUD = KNOWN["azurecloud"]
CHOICE = Choice(kind="secret", source="the environment variables", subscription_id=SUBSCRIPTION, tenant=TENANT, client_id="c", proof=SECRET)


class Failing:
    def __init__(self, exc: Exception) -> None:
        self._exc = exc

    def get_token(self, *scopes: str, **kwargs: t.Any) -> t.NoReturn:
        raise self._exc


@pytest.mark.parametrize(
    ("kind", "proof", "made"),
    [
        ("secret", SECRET, identity.ClientSecretCredential),
        ("oidc_token", "jwt", identity.ClientAssertionCredential),
        ("managed_identity", "", identity.ManagedIdentityCredential),
        ("cli", "", identity.AzureCliCredential),
    ],
)
def test_credential_of_each_kind(kind: t.Any, proof: str, made: type) -> None:
    guarded = build_credential(dataclasses.replace(CHOICE, kind=kind, proof=proof), CLOUD)
    assert guarded._inner.__class__ is made


def test_credentials_of_files(tmp_path: pathlib.Path) -> None:
    token = tmp_path / "token"
    token.write_text("jwt")
    guarded = build_credential(dataclasses.replace(CHOICE, kind="oidc_token_file_path", proof=str(token)), CLOUD)
    assert guarded._inner.__class__ is identity.WorkloadIdentityCredential


@pytest.mark.parametrize(
    ("cloud", "discovery"), [(CLOUD, True), (Cloud("https://a", "https://login.example:1", "s", well_known=False), False)]
)
def test_only_known_authorities_are_looked_up(cloud: Cloud, discovery: bool) -> None:
    inner = build_credential(CHOICE, cloud)._inner
    assert inner._authority == cloud.authority
    assert inner._instance_discovery is discovery


@pytest.mark.parametrize("kind", ["x509_certificate_path", "oidc_token_file_path"])
def test_missing_file(kind: t.Any, tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataplaneError) as caught:
        build_credential(dataclasses.replace(CHOICE, kind=kind, proof=str(tmp_path / "gone")), CLOUD)
    assert caught.value.code == "BadCredentials"
    assert str(tmp_path / "gone") in caught.value.message


def test_unusable_certificate(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "cert.pem"
    path.write_text("no certificate")
    with pytest.raises(DataplaneError) as caught:
        build_credential(dataclasses.replace(CHOICE, kind="x509_certificate_path", proof=str(path)), CLOUD)
    assert caught.value.code == "BadCredentials"
    assert "PKCS12" in caught.value.text


def test_unusable_tenant() -> None:
    with pytest.raises(DataplaneError, match="tenant"):
        build_credential(dataclasses.replace(CHOICE, tenant="a tenant!"), CLOUD)


@pytest.mark.parametrize(
    ("text", "code", "word"),
    [
        (
            "Authentication failed: AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 3",
            "AADSTS7000215",
            "not the id of the secret",
        ),
        ("AADSTS7000222: The provided client secret keys are expired.", "AADSTS7000222", "expired"),
        ("AADSTS700016: Application with identifier 'c' was not found in the directory.", "AADSTS700016", "client_id"),
        ("AADSTS90002: Tenant 'x' not found.", "AADSTS90002", "tenant"),
        ("AADSTS999999: Something new.", "AADSTS999999", "Check client_id"),
        (f"invalid_client for {SECRET}", "SignInFailed", "Check client_id"),
        ("", "SignInFailed", "Check client_id"),
    ],
)
def test_refused_sign_in(text: str, code: str, word: str) -> None:
    error = sign_in_error(ClientAuthenticationError(text), CHOICE, CLOUD)
    assert error.code == code
    assert word in error.remedy
    assert CHOICE.source in error.message
    assert SECRET not in error.text
    assert "Trace ID" not in error.message
    assert "\n" not in error.message


@pytest.mark.parametrize(("kind", "word"), [("cli", "az login"), ("managed_identity", "auth_source=msi")])
def test_remedy_of_other_kinds(kind: t.Any, word: str) -> None:
    error = sign_in_error(
        identity.CredentialUnavailableError("Not available.\nMore."), dataclasses.replace(CHOICE, kind=kind, proof=""), CLOUD
    )
    assert word in error.remedy
    assert error.message.endswith("failed: Not available.")


def test_unreachable_sign_in_service() -> None:
    refused = ClientAuthenticationError("Authentication failed: refused")
    refused.__cause__ = ConnectionRefusedError(111, "refused")
    error = sign_in_error(refused, CHOICE, CLOUD)
    assert error.code == "HostUnreachable"
    assert "login.microsoftonline.com" in error.message


@pytest.mark.parametrize("exc", [ClientAuthenticationError("no"), FileNotFoundError(2, "gone", "/token"), ValueError("bad scope")])
def test_guard_turns_failures_into_foreseen_errors(exc: Exception) -> None:
    with pytest.raises(ArmError):
        SafeCredential(lambda: Failing(exc), CHOICE, CLOUD).get_token("scope")
