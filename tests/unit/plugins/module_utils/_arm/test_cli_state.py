# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Azure CLI as a source of tokens: whose, of which cloud, and why there is none."""

from __future__ import annotations

import json
import os
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm import sign_in
from ansible_collections.aks.dataplane.plugins.module_utils._arm.cli_state import cli_subscriptions, other_cloud
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import KNOWN, Cloud
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credentials import Choice
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.sign_in import build_credential
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

NAMED = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
AZURE, CHINA = KNOWN["azurecloud"], KNOWN["azurechinacloud"]
TOKEN = "eyJhbGciOiJSUzI1NiJ9.cGF5bG9hZA.c2lnbmF0dXJl"


@pytest.fixture
def az(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Choice]:
    """A program az that notes its arguments, and a choice that uses it."""

    def make(script: str, tenant: str = "", subscriptions: t.Sequence[str] = (OTHER, NAMED), cloud: str = "AzureCloud") -> Choice:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "az"
        program.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\n{script}\n')
        program.chmod(0o755)
        known = [{"id": one, "isDefault": one == OTHER, "environmentName": cloud, "tenantId": "t"} for one in subscriptions]
        (tmp_path / "azureProfile.json").write_text("\ufeff" + json.dumps({"subscriptions": known}), encoding="utf-8")
        monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
        monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
        return Choice(kind="cli", source="the Azure CLI", subscription_id=NAMED, tenant=tenant)

    return make


def answer(**more: t.Any) -> str:
    return f"echo '{json.dumps({'accessToken': TOKEN, 'expires_on': 4102444800, **more})}'"


@pytest.mark.parametrize(
    ("subscriptions", "tenant", "asked_for"),
    [
        ([OTHER, NAMED.upper()], "", f"--subscription {NAMED}"),
        ([OTHER, NAMED], "some-tenant", f"--subscription {NAMED}"),
        ([OTHER], "some-tenant", "--tenant some-tenant"),
        ([OTHER], "", "https://management.azure.com"),
    ],
)
def test_the_token_is_for_the_named_subscription(
    az: t.Callable[..., Choice], tmp_path: pathlib.Path, subscriptions: list[str], tenant: str, asked_for: str
) -> None:
    choice = az(answer(), tenant=tenant, subscriptions=subscriptions)
    assert build_credential(choice, AZURE).get_token(AZURE.scope).token == TOKEN
    asked = (tmp_path / "asked").read_text().strip()
    assert asked.endswith(asked_for)
    assert asked.count("--subscription") + asked.count("--tenant") <= 1


WARNING = "/opt/az/lib/python3.12/site-packages/x.py:12: SyntaxWarning: invalid escape sequence\n  pattern = 1\nWARNING: az is old"


@pytest.mark.parametrize(
    ("stderr", "code", "reported"),
    [
        (
            f"{WARNING}\nERROR: AADSTS700082: The refresh token has expired due to inactivity. Trace ID: x",
            "AADSTS700082",
            "has expired due",
        ),
        ("ERROR: AADSTS500011: The resource principal named x was not found", "AADSTS500011", "was not found"),
        (
            "ERROR: The command failed with an unexpected error.\nERROR: no such host",
            "SignInFailed",
            "unexpected error. ERROR: no such host",
        ),
        (f"{WARNING}\nERROR: Please run 'az login' to setup account.", "SignInFailed", "Please run 'az login'"),
        (WARNING, "SignInFailed", "az is old"),
        ("This command is experimental.\n\x1b[91mERROR: no subscription\x1b[0m", "SignInFailed", "failed: no subscription."),
        (
            'Traceback (most recent call last):\n  File "/opt/az/a.py", line 3\nImportError: no azure',
            "SignInFailed",
            "failed: ImportError: no azure.",
        ),
        ("ERROR: broken\nTraceback (most recent call last):\n  File x\nKeyError: 1", "SignInFailed", "failed: broken KeyError: 1."),
        ("", "SignInFailed", "failed: the Azure CLI ended with status 1 and printed no reason."),
        (f"ERROR: got {TOKEN} from https://u:hunter2@proxy", "SignInFailed", "got [hidden]"),
    ],
)
def test_what_the_cli_says_of_a_failure(az: t.Callable[..., Choice], tmp_path: pathlib.Path, stderr: str, code: str, reported: str) -> None:
    (tmp_path / "stderr").write_text(stderr)
    with pytest.raises(ArmError) as caught:
        build_credential(az(f"cat {tmp_path}/stderr >&2; exit 1"), AZURE).get_token(AZURE.scope)
    assert caught.value.code == code
    assert reported in caught.value.message
    assert "az login" in caught.value.remedy or code == "AADSTS500011"
    assert TOKEN not in caught.value.text
    assert "hunter2" not in caught.value.text
    assert "Trace ID" not in caught.value.text


def test_a_cli_that_hangs(az: t.Callable[..., Choice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "CLI_TIMEOUT", 1)
    with pytest.raises(ArmError, match="did not answer within 1 seconds"):
        build_credential(az("exec sleep 100"), AZURE).get_token(AZURE.scope)


@pytest.mark.parametrize(
    "output", ["", "null", "[]", "3", '{"accessToken": null}', '{"accessToken": 3, "expires_on": []}', "[" * 100_000, "\\377"]
)
def test_what_is_no_token(az: t.Callable[..., Choice], tmp_path: pathlib.Path, output: str) -> None:
    (tmp_path / "out").write_text(output)
    with pytest.raises(ArmError) as caught:
        build_credential(az(f"cat {tmp_path}/out"), AZURE).get_token(AZURE.scope)
    assert len(caught.value.text) < 1500


@pytest.mark.parametrize(
    ("config", "variables", "cloud", "other"),
    [
        ("", {}, AZURE, ""),
        ("", {}, CHINA, "AzureCloud"),
        ("[cloud]\nname = AzureChinaCloud\n", {}, AZURE, "AzureChinaCloud"),
        ("[cloud]\nname = AzureChinaCloud\n", {}, CHINA, ""),
        ("[cloud]\nname = AzureChinaCloud\n", {"AZURE_CLOUD_NAME": "AzureCloud"}, AZURE, ""),
        ("[cloud]\nname = own\n", {}, AZURE, ""),
        ("no ini", {}, AZURE, ""),
        ("", {}, Cloud("https://arm.own.example", "https://login.own", "s"), "AzureCloud"),
    ],
)
def test_a_cli_that_is_set_to_another_cloud(
    az: t.Callable[..., Choice], tmp_path: pathlib.Path, config: str, variables: dict[str, str], cloud: Cloud, other: str
) -> None:
    choice = az(answer())
    (tmp_path / "config").write_text(config)
    environ = {"AZURE_CONFIG_DIR": str(tmp_path), **variables}
    assert other_cloud(environ, NAMED, cloud) == other
    if other and not variables:
        with pytest.raises(DataplaneError, match=f"set to the cloud {other}") as caught:
            build_credential(choice, cloud)
        assert "az cloud set" in caught.value.remedy


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"subscriptions": {}}', '{"subscriptions": [3]}', '{"subscriptions": [{"id": []}]}', "[" * 99_999]
)
def test_a_profile_that_is_not_the_clis(tmp_path: pathlib.Path, text: str) -> None:
    (tmp_path / "azureProfile.json").write_text(text)
    assert cli_subscriptions({"AZURE_CONFIG_DIR": str(tmp_path)}) == ()


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_federated_token_file_without_a_token(tmp_path: pathlib.Path, content: bytes) -> None:
    path = tmp_path / "token"
    path.write_bytes(b"jwt")
    choice = Choice("oidc_token_file_path", "the environment variables", NAMED, "22222222-2222-3333-4444-555555555555", "c", str(path))
    credential = build_credential(choice, AZURE)
    path.write_bytes(content)
    for attempt in (lambda: build_credential(choice, AZURE), lambda: credential.get_token(AZURE.scope)):
        with pytest.raises(ArmError, match=f"{path}, and that file") as caught:
            attempt()
        assert caught.value.code == "BadCredentials"
