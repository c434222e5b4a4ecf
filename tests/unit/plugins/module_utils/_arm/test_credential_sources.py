# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.credential_sources import LocalCredentialSources
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".azure").mkdir()
    return tmp_path


def sign_in(folder: pathlib.Path, text: str) -> None:
    """What the CLI keeps of a sign-in, byte order mark included."""
    (folder / "azureProfile.json").write_text(text, encoding="utf-8-sig")


def write(home: pathlib.Path, text: str) -> None:
    (home / ".azure" / "credentials").write_text(text)


def test_profile(home: pathlib.Path) -> None:
    write(home, "[default]\nclient_id=c\nsecret=50%s~x=y\n[prod]\nclient_id = p\n")
    assert LocalCredentialSources().read_profile("default") == {"client_id": "c", "secret": "50%s~x=y"}
    assert LocalCredentialSources().read_profile("prod") == {"client_id": "p"}
    assert LocalCredentialSources().read_profile("gone") is None


def test_no_file(home: pathlib.Path) -> None:
    assert LocalCredentialSources().read_profile("default") is None


@pytest.mark.parametrize("text", ["client_id=c\nsecret=s3cret\n", "[default]\nsecret s3cret\n"])
def test_unreadable_file_is_named_and_not_shown(home: pathlib.Path, text: str) -> None:
    write(home, text)
    with pytest.raises(DataplaneError) as caught:
        LocalCredentialSources().read_profile("default")
    assert str(home / ".azure" / "credentials") in caught.value.message
    assert "s3cret" not in caught.value.text
    assert caught.value.__suppress_context__


def test_no_cli(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not LocalCredentialSources().has_cli()


def test_cli(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "az").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert LocalCredentialSources().has_cli()


SIGNED_IN = '{"subscriptions": [{"id": "sub-0", "isDefault": false}, {"id": "sub-1", "isDefault": true}]}'


def test_subscription_of_the_cli(home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_CONFIG_DIR", raising=False)
    sign_in(home / ".azure", SIGNED_IN)
    assert LocalCredentialSources().cli_subscription() == "sub-1"
    monkeypatch.setenv("AZURE_CONFIG_DIR", str(tmp_path))
    sign_in(tmp_path, SIGNED_IN.replace("sub-1", "sub-2"))
    assert LocalCredentialSources().cli_subscription() == "sub-2"


@pytest.mark.parametrize(
    "text", [None, "nonsense", "[]", "{}", '{"subscriptions": [{"id": "sub-0"}]}', '{"subscriptions": [{"isDefault": true}]}']
)
def test_cli_that_is_not_signed_in(home: pathlib.Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    monkeypatch.delenv("AZURE_CONFIG_DIR", raising=False)
    if text is not None:
        sign_in(home / ".azure", text)
    with pytest.raises(DataplaneError) as caught:
        LocalCredentialSources().cli_subscription()
    assert caught.value.code == "NoCredentials"
    assert "az login" in caught.value.remedy
