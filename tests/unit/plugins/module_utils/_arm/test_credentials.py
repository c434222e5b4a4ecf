# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import (
    ENVIRONMENT,
    IDENTITY,
    PROOFS,
    Choice,
    choose_credentials,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from hypothesis import given
from hypothesis import strategies as st

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
OTHER_SUBSCRIPTION = "99999999-2222-3333-4444-555555555555"
SECRET = "s3cret~value%"

PRINCIPAL = {"subscription_id": SUBSCRIPTION, "tenant": "t", "client_id": "c", "secret": SECRET}
ENV = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION, "AZURE_TENANT": "t", "AZURE_CLIENT_ID": "c", "AZURE_SECRET": SECRET}


@dataclasses.dataclass
class Around:
    environ: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    profiles: t.Mapping[str, t.Mapping[str, str]] = dataclasses.field(default_factory=dict)
    cli: str | None = None
    cli_asked: int = 0

    def read_profile(self, section: str) -> t.Mapping[str, str] | None:
        return self.profiles.get(section)

    def has_cli(self) -> bool:
        return self.cli is not None

    def cli_subscription(self) -> str:
        self.cli_asked += 1
        return self.cli or ""


def params(**values: t.Any) -> dict[str, t.Any]:
    return {"auth_source": "auto", "profile": None, **values}


def without(mapping: t.Mapping[str, str], *names: str) -> dict[str, str]:
    return {key: value for key, value in mapping.items() if key not in names}


@pytest.mark.parametrize(
    ("given_params", "around", "kind", "source"),
    [
        (PRINCIPAL, Around(), "secret", "the module's options"),
        ({**PRINCIPAL, "auth_source": "options"}, Around(), "secret", "the module's options"),
        ({**without(PRINCIPAL, "secret"), "x509_certificate_path": "/c.pem"}, Around(), "x509_certificate_path", "the module's options"),
        ({**without(PRINCIPAL, "secret"), "oidc_token": "jwt"}, Around(), "oidc_token", "the module's options"),
        ({**without(PRINCIPAL, "secret"), "oidc_token_file_path": "/t"}, Around(), "oidc_token_file_path", "the module's options"),
        ({**PRINCIPAL, "oidc_token": "jwt"}, Around(), "oidc_token", "the module's options"),
        ({}, Around(ENV), "secret", "the environment variables"),
        ({"auth_source": "env"}, Around(ENV), "secret", "the environment variables"),
        (
            {},
            Around({**without(ENV, "AZURE_TENANT", "AZURE_SECRET"), "AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": SECRET}),
            "secret",
            "the environment variables",
        ),
        (
            {},
            Around({**without(ENV, "AZURE_SECRET"), "AZURE_X509_CERTIFICATE_PATH": "/c"}),
            "x509_certificate_path",
            "the environment variables",
        ),
        (
            {},
            Around({**without(ENV, "AZURE_SECRET"), "AZURE_CLIENT_CERTIFICATE_PATH": "/c"}),
            "x509_certificate_path",
            "the environment variables",
        ),
        ({}, Around({**without(ENV, "AZURE_SECRET"), "AZURE_FEDERATED_TOKEN": "jwt"}), "oidc_token", "the environment variables"),
        (
            {},
            Around({**without(ENV, "AZURE_SECRET"), "AZURE_FEDERATED_TOKEN_FILE": "/t"}),
            "oidc_token_file_path",
            "the environment variables",
        ),
        # A secret of the task is not beaten by a token that happens to be mounted.
        (PRINCIPAL, Around({"AZURE_FEDERATED_TOKEN_FILE": "/t", "AZURE_CLIENT_ID": "other"}), "secret", "the module's options"),
        # Identity in the task, secret in the environment.
        (without(PRINCIPAL, "secret"), Around({"AZURE_CLIENT_SECRET": SECRET}), "secret", "the environment variables"),
        ({}, Around(profiles={"default": PRINCIPAL}), "secret", "section default of ~/.azure/credentials"),
        ({"profile": "prod"}, Around(ENV, {"prod": PRINCIPAL}), "secret", "section prod of ~/.azure/credentials"),
        ({}, Around({"AZURE_PROFILE": "prod"}, {"prod": PRINCIPAL}), "secret", "section prod of ~/.azure/credentials"),
        ({"auth_source": "credential_file"}, Around(ENV, {"default": PRINCIPAL}), "secret", "section default of ~/.azure/credentials"),
        ({}, Around(cli=SUBSCRIPTION), "cli", "the Azure CLI"),
        ({"auth_source": "cli"}, Around(ENV, cli=SUBSCRIPTION), "cli", "the Azure CLI"),
        # Half a principal in the environment: the next complete source is taken.
        ({}, Around({"AZURE_CLIENT_ID": "c"}, cli=SUBSCRIPTION), "cli", "the Azure CLI"),
        (
            {"auth_source": "msi"},
            Around({"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}),
            "managed_identity",
            "the managed identity of this machine",
        ),
    ],
)
def test_source(given_params: dict[str, t.Any], around: Around, kind: str, source: str) -> None:
    choice = choose_credentials(params(**given_params), around)
    assert (choice.kind, choice.source, choice.subscription_id) == (kind, source, SUBSCRIPTION)


def test_empty_values_count_as_unset() -> None:
    around = Around({**ENV, "AZURE_SECRET": "", "AZURE_CLIENT_SECRET": SECRET, "AZURE_CLOUD_ENVIRONMENT": ""})
    choice = choose_credentials(params(secret="", tenant=None), around)
    assert choice == Choice(
        kind="secret", source="the environment variables", subscription_id=SUBSCRIPTION, tenant="t", client_id="c", proof=SECRET
    )
    assert choice.cloud_environment == "AzureCloud"


def test_options_only_ignores_the_environment() -> None:
    with pytest.raises(DataplaneError) as caught:
        choose_credentials(
            params(auth_source="options", **without(PRINCIPAL, "secret")), Around(ENV, {"default": PRINCIPAL}, cli=SUBSCRIPTION)
        )
    assert caught.value.code == "NoCredentials"
    assert "environment" not in caught.value.message


@pytest.mark.parametrize("nothing", ["", " "])
def test_an_empty_variable_hides_neither_its_other_name_nor_anything_else(nothing: str) -> None:
    """AWX sets every variable of a credential, to nothing where the field is empty."""
    unset = {name: nothing for names in ENVIRONMENT.values() for name in names} | {"AZURE_PROFILE": nothing}
    second = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_SECRET": SECRET, "AZURE_CLIENT_ID": "c", "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}
    found = choose_credentials(params(), Around({**unset, **second}))
    assert (found.tenant, found.kind, found.cloud_environment) == ("t", "secret", "AzureCloud")
    empty_options = dict.fromkeys((*PROOFS, *IDENTITY, "profile"), nothing)
    assert choose_credentials({"auth_source": "auto", **empty_options}, Around({**unset, **second})) == found
    assert choose_credentials(params(), Around(unset, {"default": PRINCIPAL})).source == "section default of ~/.azure/credentials"


def test_option_wins_over_environment_and_profile() -> None:
    around = Around(
        {**ENV, "AZURE_CLOUD_ENVIRONMENT": "AzureChinaCloud"}, {"default": {**PRINCIPAL, "subscription_id": OTHER_SUBSCRIPTION}}
    )
    wanted = params(subscription_id=OTHER_SUBSCRIPTION, cloud_environment="AzureUSGovernment")
    choice = choose_credentials(wanted, around)
    assert (choice.subscription_id, choice.cloud_environment) == (OTHER_SUBSCRIPTION, "AzureUSGovernment")
    assert choose_credentials({**wanted, "auth_source": "env"}, around).subscription_id == OTHER_SUBSCRIPTION
    from_file = choose_credentials(params(auth_source="credential_file"), around)
    assert (from_file.subscription_id, from_file.cloud_environment) == (OTHER_SUBSCRIPTION, "AzureChinaCloud")


def test_profile_is_not_mixed_with_another_principal_of_the_environment() -> None:
    around = Around({"AZURE_CLIENT_ID": "other", "AZURE_TENANT": "other"}, {"default": PRINCIPAL})
    choice = choose_credentials(params(), around)
    assert (choice.client_id, choice.tenant) == ("c", "t")


def test_cli_is_asked_for_the_subscription_only_when_none_is_given() -> None:
    around = Around(cli=OTHER_SUBSCRIPTION)
    assert choose_credentials(params(subscription_id=SUBSCRIPTION, tenant="t"), around) == Choice(
        kind="cli", source="the Azure CLI", subscription_id=SUBSCRIPTION, tenant="t"
    )
    assert around.cli_asked == 0
    assert choose_credentials(params(), around).subscription_id == OTHER_SUBSCRIPTION
    assert around.cli_asked == 1


def test_managed_identity_takes_a_client_id() -> None:
    choice = choose_credentials(params(auth_source="msi", client_id="mine", subscription_id=SUBSCRIPTION), Around())
    assert (choice.client_id, choice.proof) == ("mine", "")


@pytest.mark.parametrize(
    ("given_params", "around", "code", "words"),
    [
        (
            {},
            Around(),
            "NoCredentials",
            ["client_id", "tenant", "credential", "options", "environment", "section default", "no az on PATH"],
        ),
        ({}, Around(without(ENV, "AZURE_SECRET")), "NoCredentials", ["missing a credential", "client_id, tenant was found"]),
        # What the task names is not passed over for the Azure CLI.
        (without(PRINCIPAL, "secret"), Around(cli=SUBSCRIPTION), "NoCredentials", ["missing a credential"]),
        (without(PRINCIPAL, "tenant"), Around(cli=SUBSCRIPTION), "NoCredentials", ["missing tenant"]),
        ({"profile": "gone"}, Around(ENV, cli=SUBSCRIPTION), "NoCredentials", ["section gone"]),
        ({"auth_source": "credential_file"}, Around(ENV), "NoCredentials", ["section default"]),
        ({"auth_source": "env"}, Around(profiles={"default": PRINCIPAL}), "NoCredentials", ["the environment variables"]),
        ({"auth_source": "cli"}, Around(ENV), "NoCredentials", ["no az on PATH"]),
        ({}, Around(without(ENV, "AZURE_SUBSCRIPTION_ID")), "NoSubscription", ["subscription"]),
        ({"auth_source": "msi"}, Around(), "NoSubscription", ["subscription"]),
        ({**PRINCIPAL, "subscription_id": "my subscription"}, Around(), "InvalidInput", ["my subscription"]),
        ({**PRINCIPAL, "subscription_id": SUBSCRIPTION + "/.."}, Around(), "InvalidInput", ["not the id"]),
        ({}, Around({"AZURE_AD_USER": "u", "AZURE_PASSWORD": SECRET}), "UserPasswordUnsupported", ["not supported", "second factor"]),
        ({}, Around({"AZURE_AD_USER": "u", "AZURE_PASSWORD": SECRET}, cli=SUBSCRIPTION), "UserPasswordUnsupported", ["not supported"]),
        ({"auth_source": "env"}, Around({"AZURE_AD_USER": "u", "AZURE_PASSWORD": SECRET}), "UserPasswordUnsupported", ["not supported"]),
        ({}, Around(profiles={"default": {"ad_user": "u", "password": SECRET}}), "UserPasswordUnsupported", ["not supported"]),
    ],
)
def test_refusal(given_params: dict[str, t.Any], around: Around, code: str, words: list[str]) -> None:
    with pytest.raises(DataplaneError) as caught:
        choose_credentials(params(**given_params), around)
    error = caught.value
    assert error.code == code
    assert [word for word in words if word not in error.message] == []
    assert error.remedy
    assert SECRET not in error.text


def test_password_does_not_hinder_a_complete_principal() -> None:
    assert choose_credentials(params(), Around({**ENV, "AZURE_AD_USER": "u", "AZURE_PASSWORD": "p"})).kind == "secret"


values = st.one_of(st.none(), st.just(""), st.text("abc", min_size=1, max_size=3))


@given(
    options=st.fixed_dictionaries(dict.fromkeys(("tenant", "client_id", *PROOFS), values)),
    environ=st.dictionaries(
        st.sampled_from([*ENV, "AZURE_FEDERATED_TOKEN", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AD_USER"]), st.text("xyz", max_size=3)
    ),
    source=st.sampled_from(["auto", "env", "options", "credential_file"]),
)
def test_a_choice_is_complete_and_never_shows_its_proof(options: dict[str, str | None], environ: dict[str, str], source: str) -> None:
    """Whatever is given: either a whole principal, whose repr has no secret, or a foreseen error."""
    chosen, code = None, ""
    try:
        chosen = choose_credentials(params(auth_source=source, subscription_id=SUBSCRIPTION, **options), Around(environ))
    except DataplaneError as error:
        code = error.code
    if chosen is None:
        assert code in ("NoCredentials", "UserPasswordUnsupported")
        return
    assert chosen.kind in PROOFS
    assert all((chosen.proof, chosen.tenant, chosen.client_id))
    assert "proof" not in repr(chosen)
    if source == "auto" and any((options[kind] or "").strip() for kind in PROOFS):
        assert chosen.source == "the module's options"
