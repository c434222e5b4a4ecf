# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import KNOWN
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import Choice
from ansible_collections.aks.dataplane.plugins.module_utils._arm.sign_in_identity import identity_parts

CHOICE = Choice(kind="secret", source="the environment variables", subscription_id="s", tenant="t", client_id="c", proof="p")
CLOUD = KNOWN["azurecloud"]
ENVIRON = {"HOME": "/home/a", "PATH": "/bin", "LANG": "C"}


def parts(choice: Choice = CHOICE, **environ: str) -> dict[str, t.Any]:
    return identity_parts(choice, CLOUD, {**ENVIRON, **environ}, "")


def another(field: str) -> Choice:
    changed: dict[str, t.Any] = {field: "another"}
    return dataclasses.replace(CHOICE, **changed)


@pytest.mark.parametrize("field", ["kind", "tenant", "client_id", "proof"])
def test_another_identity(field: str) -> None:
    assert parts(another(field)) != parts()


@pytest.mark.parametrize("field", ["source", "subscription_id"])
def test_the_same_identity_from_another_place_or_for_another_subscription(field: str) -> None:
    assert parts(another(field)) == parts()


def test_the_cli_signs_in_as_whoever_has_the_subscription() -> None:
    one, other = (dataclasses.replace(CHOICE, kind="cli", subscription_id=subscription) for subscription in ("s", "another"))
    assert parts(one) != parts(other)


def test_another_cloud_and_another_content_of_the_file() -> None:
    assert identity_parts(CHOICE, KNOWN["azurechinacloud"], ENVIRON, "") != parts()
    assert identity_parts(CHOICE, CLOUD, ENVIRON, "content") != parts()


@pytest.mark.parametrize(
    ("kind", "name", "counts"),
    [
        ("secret", "AZURE_REGIONAL_AUTHORITY_NAME", True),
        ("secret", "https_proxy", True),
        ("secret", "REQUESTS_CA_BUNDLE", True),
        ("secret", "AZURE_CONFIG_DIR", False),
        ("secret", "AZURE_SUBSCRIPTION_ID", False),
        ("secret", "HOME", False),
        ("secret", "LANG", False),
        ("cli", "AZURE_CONFIG_DIR", True),
        ("cli", "HOME", True),
        ("cli", "PATH", True),
        ("managed_identity", "IDENTITY_ENDPOINT", True),
        ("managed_identity", "IDENTITY_HEADER", True),
        ("managed_identity", "MSI_SECRET", True),
        ("managed_identity", "IMDS_ENDPOINT", True),
        ("managed_identity", "DEFAULT_IDENTITY_CLIENT_ID", True),
        ("managed_identity", "AZURE_POD_IDENTITY_AUTHORITY_HOST", True),
        ("managed_identity", "AZURE_FEDERATED_TOKEN_FILE", True),
        ("managed_identity", "AZURE_TENANT_ID", True),
        ("managed_identity", "LANG", False),
    ],
)
def test_which_variables_count(kind: t.Any, name: str, counts: bool) -> None:
    choice = dataclasses.replace(CHOICE, kind=kind)
    assert (parts(choice, **{name: "another"}) != parts(choice)) is counts
