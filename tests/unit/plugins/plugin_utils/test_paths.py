# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the paths of options mean."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.plugin_utils._paths import absolute, absolute_environment, with_absolute_paths


@pytest.fixture
def started(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The directory of the shell, next to the folder C(playbooks), in a home."""
    folder = tmp_path / "started"
    folder.mkdir()
    (tmp_path / "playbooks").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHERE", "somewhere")
    return folder


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("runs", "started/runs"),
        ("./runs", "started/runs"),
        ("../runs", "runs"),
        ("$WHERE/runs", "started/somewhere/runs"),
        ("~/runs", "runs"),
        ("$HOME/runs", "runs"),
        ("${HOME}/$WHERE", "somewhere"),
    ],
)
def test_relative_to_where_ansible_was_started(started: pathlib.Path, path: str, meant: str) -> None:
    assert absolute(path, str(started.parent / "playbooks")) == str(started.parent / meant)


def test_an_absolute_one_stays(started: pathlib.Path) -> None:
    assert absolute("/etc//x", str(started)) == "/etc//x"


def test_a_file_that_is_only_beside_the_playbook_is_found(started: pathlib.Path) -> None:
    playbooks = started.parent / "playbooks"
    (playbooks / "config.json").touch()
    assert absolute("config.json", str(playbooks)) == str(playbooks / "config.json")
    (started / "config.json").touch()
    assert absolute("config.json", str(playbooks)) == str(started / "config.json")


def test_options(started: pathlib.Path) -> None:
    given = {"kubeconfig": "a:/b::~/c", "config_file": "x.json", "record_dir": " ", "name": "x", "oidc_token_file_path": None}
    assert with_absolute_paths(given, str(started)) == {
        **given,
        "kubeconfig": f"{started}/a:/b::{started.parent}/c",
        "config_file": f"{started}/x.json",
    }


def test_paths_in_the_environment_mean_the_same(started: pathlib.Path) -> None:
    given = {
        "K8S_AUTH_KUBECONFIG": "kube/a:/etc/b:~/c",
        "KUBECONFIG": "/etc/b",
        "AZURE_FEDERATED_TOKEN_FILE": "token",
        "AZURE_CLIENT_CERTIFICATE_PATH": "",
        "OTHER": "kube/a",
    }
    assert absolute_environment(given, str(started.parent / "playbooks")) == {
        "K8S_AUTH_KUBECONFIG": f"{started}/kube/a:/etc/b:{started.parent}/c",
        "AZURE_FEDERATED_TOKEN_FILE": f"{started}/token",
    }
