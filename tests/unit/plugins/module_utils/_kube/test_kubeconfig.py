# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import pathlib
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Access, Kubeconfig, configuration, read
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

SECRET = "s3cr3t-token"


def config(user: dict[str, t.Any] | None = None, **changes: t.Any) -> dict[str, t.Any]:
    known = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}, {"name": "two", "context": {"cluster": "d", "user": "u"}}],
        "clusters": [
            {"name": "c", "cluster": {"server": "https://c.example:443"}},
            {"name": "d", "cluster": {"server": "https://d.example"}},
        ],
        "users": [{"name": "u", "user": {"token": SECRET} if user is None else user}],
    }
    return {key: value for key, value in {**known, **changes}.items() if value is not None}


def kubeconfig(user: dict[str, t.Any] | None = None, folder: str = "", **changes: t.Any) -> Kubeconfig:
    return Kubeconfig(yaml.safe_dump(config(user, **changes)), "/tmp/kubeconfig", folder)


def authorization(access: Access) -> str:
    return dict(access.sign_in.fields()).get("authorization", "")


def test_the_current_context_is_used() -> None:
    loaded = configuration(kubeconfig(), None)
    assert loaded.host == "https://c.example:443"
    assert authorization(loaded) == f"Bearer {SECRET}"


def test_a_context_can_be_chosen() -> None:
    assert configuration(kubeconfig(), "two").host == "https://d.example"


def test_relative_paths_start_at_the_file(tmp_path: pathlib.Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    (tmp_path / "config").write_text(yaml.safe_dump(config({"tokenFile": "token"})))
    loaded = configuration(read(str(tmp_path / "config")), None)
    assert authorization(loaded) == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("given", "context", "message", "remedy"),
    [
        (kubeconfig(), "three", "has no context three", "one of: one, two."),
        (kubeconfig(**{"current-context": None}), None, "has no current context", "one of: one, two."),
        (kubeconfig(contexts=None), None, "has no valid list of contexts", "Fetch"),
        (kubeconfig(users=[{"user": {}}]), None, "has no valid list of users", "Fetch"),
        (kubeconfig(users=[]), None, "has no user for its context one", "Fetch"),
        (kubeconfig(clusters=[{"name": "c", "cluster": {}}]), None, "names no server for its context one", "Fetch"),
        (
            Kubeconfig(f"users: [{{token: {SECRET}", "/tmp/kubeconfig"),
            None,
            "is not valid YAML: while parsing a flow mapping (line 1)",
            "Fetch",
        ),
        (Kubeconfig("", "/tmp/kubeconfig"), None, "does not hold a mapping", "Fetch"),
        (kubeconfig({"client-certificate": "/none", "client-key": "/none"}), None, "cannot be used: ", "Fetch"),
        (kubeconfig({"client-certificate-data": "abc", "client-key-data": "abc"}), None, "cannot be used: ", "Fetch"),
        (kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1"}}), None, "names no command", "Fetch"),
    ],
)
def test_what_is_wrong_is_reported_without_secrets(given: Kubeconfig, context: str | None, message: str, remedy: str) -> None:
    with pytest.raises(KubeError) as caught:
        configuration(given, context)
    assert caught.value.code == "KubeconfigInvalid"
    assert "/tmp/kubeconfig" in caught.value.message
    assert message in caught.value.message
    assert remedy in caught.value.remedy
    assert SECRET not in caught.value.text


def test_an_unreadable_file_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError, match="none cannot be read: No such file"):
        read(str(tmp_path / "none"))
    with pytest.raises(KubeError, match="cannot be read: Is a directory"):
        read(str(tmp_path))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(KubeError, match="it is not text"):
        read(str(tmp_path / "binary"))


def test_the_text_is_not_shown_by_accident() -> None:
    assert SECRET not in repr(kubeconfig())


def plugin(tmp_path: pathlib.Path, script: str, name: str = "login", args: list[str] | None = None) -> Kubeconfig:
    path = tmp_path / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": f"./{name}", "args": args}}, str(tmp_path))


def credential(**status: str) -> str:
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"echo {base64.b64encode(json.dumps(answer).encode()).decode()} | base64 -d"


def test_a_credential_plugin_is_run_in_the_kubeconfigs_folder(tmp_path: pathlib.Path) -> None:
    loaded = configuration(plugin(tmp_path, credential(token="from-plugin")), None)
    assert authorization(loaded) == "Bearer from-plugin"


def test_a_plugin_that_fails_is_reported_with_its_reason(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KubeError) as caught:
        configuration(plugin(tmp_path, "echo AADSTS70011: no such scope >&2; exit 3"), None)
    assert caught.value.code == "KubeLoginPlugin"
    assert "AADSTS70011: no such scope" in caught.value.message
    assert capsys.readouterr().err == ""


def test_a_missing_plugin_is_reported_before_it_is_run() -> None:
    with pytest.raises(KubeError, match="needs the credential plugin kubelogin-not-here, which is not installed") as caught:
        configuration(kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "kubelogin-not-here"}}), None)
    assert "install-cli" in caught.value.remedy


@pytest.mark.parametrize("args", [["get-token", "--login", "devicecode"], ["get-token", "--login=interactive"]])
def test_kubelogin_must_not_ask_a_person(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, args: list[str]) -> None:
    given = plugin(tmp_path, credential(token="t"), "kubelogin", args)
    monkeypatch.delenv("AAD_LOGIN_METHOD", raising=False)
    with pytest.raises(KubeError, match="ask a person") as caught:
        configuration(given, None)
    assert "AAD_LOGIN_METHOD" in caught.value.remedy
    monkeypatch.setenv("AAD_LOGIN_METHOD", "")
    with pytest.raises(KubeError, match="ask a person"):
        configuration(given, None)
    monkeypatch.setenv("AAD_LOGIN_METHOD", "spn")
    assert authorization(configuration(given, None)) == "Bearer t"
