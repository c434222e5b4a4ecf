# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who signs in by a kubeconfig, as kubectl would: tokens, credential plugins, impersonation; and nothing of it in an error."""

from __future__ import annotations

import datetime
import json
import pathlib
import time
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Access, Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig_entries import Cluster, Plugin, read_entries
from ansible_collections.aks.dataplane.plugins.module_utils._kube.login_plugin import run_plugin
from ansible_collections.aks.dataplane.plugins.module_utils._kube.sign_in import SignIn
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

SECRET = "s3cr3t-token"
CLUSTER = Cluster("https://c.example", "", "", "", "", False, {})
VERSION = "client.authentication.k8s.io/v1"


def kubeconfig(user: t.Any, folder: object = "", **cluster: t.Any) -> Kubeconfig:
    document = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c.example", **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    return Kubeconfig(yaml.safe_dump(document), "/k", str(folder))


def fields(access: Access) -> dict[str, str]:
    return dict(access.sign_in.fields())


def refusal(user: t.Any, folder: object = "", **cluster: t.Any) -> KubeError:
    with pytest.raises(KubeError) as caught:
        configuration(kubeconfig(user, folder, **cluster), None)
    assert SECRET not in caught.value.text
    assert SECRET not in repr(caught.value.to_error())
    return caught.value


def plugin(folder: pathlib.Path, script: str, **more: t.Any) -> dict[str, t.Any]:
    path = folder / "login"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"exec": {"apiVersion": VERSION, "command": "./login", **more}}


def printing(folder: pathlib.Path, status: t.Any, **more: t.Any) -> str:
    (folder / "answer").write_text(json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": status, **more}))
    return "cat answer"


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "  \n\n", "\t"])
def test_a_token_is_stripped_wherever_it_comes_from(tmp_path: pathlib.Path, end: str) -> None:
    (tmp_path / "tok").write_text(SECRET + end)
    for user in (
        {"tokenFile": "tok"},
        {"token": SECRET + end},
        plugin(tmp_path, printing(tmp_path, {"token": f"{end}{SECRET}{end}"})),
        {"auth-provider": {"name": "oidc", "config": {"id-token": SECRET + end}}},
    ):
        assert fields(configuration(kubeconfig(user, tmp_path), None)) == {"authorization": f"Bearer {SECRET}"}


@pytest.mark.parametrize("bad", [f"{SECRET}\n{SECRET}", f"{SECRET} x", f"{SECRET}\u00fc", f"{SECRET}\0", f"\ufeff{SECRET}"])
def test_a_token_that_no_header_can_hold(tmp_path: pathlib.Path, bad: str) -> None:
    (tmp_path / "tok").write_text(bad, encoding="utf-8")
    for user in ({"tokenFile": "tok"}, {"token": bad}, plugin(tmp_path, printing(tmp_path, {"token": bad}))):
        assert refusal(user, tmp_path).code in ("KubeconfigInvalid", "KubeLoginPlugin")


@pytest.mark.parametrize("content", [None, b"", b"  \n", b"\xff\xfe"])
def test_a_token_file_that_gives_nothing(tmp_path: pathlib.Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "tok").write_bytes(content)
    error = refusal({"tokenFile": "tok"}, tmp_path)
    assert error.code == "KubeconfigInvalid"
    assert f"{tmp_path}/tok" in error.message


def test_a_token_of_a_projected_volume_is_renewed(tmp_path: pathlib.Path) -> None:
    """The file is a link through a link to a folder, which is replaced."""
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "token").write_text(f"{name}\n")
    (tmp_path / "..data").symlink_to("1")
    (tmp_path / "token").symlink_to("..data/token")
    access = configuration(kubeconfig({"tokenFile": "token", "token": "old"}, tmp_path), None)
    assert fields(access)["authorization"] == "Bearer 1"
    (tmp_path / "..data").unlink()
    # In the middle of it the last one serves.
    assert fields(access)["authorization"] == "Bearer 1"
    (tmp_path / "..data").symlink_to("2")
    assert fields(access)["authorization"] == "Bearer 2"


def test_who_has_nothing_to_sign_in_with_is_nobody() -> None:
    for user in (None, {}, {"token": ""}, {"exec": None, "auth-provider": None, "token": None}):
        assert fields(configuration(kubeconfig(user), None)) == {}


def test_user_and_password() -> None:
    assert fields(configuration(kubeconfig({"username": "a", "password": "b"}), None)) == {"authorization": "Basic YTpi"}


def test_impersonation_is_sent_with_every_request() -> None:
    user = {"token": SECRET, "as": "jane", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"Reason/x": ["r", "s"]}}
    assert configuration(kubeconfig(user), None).sign_in.fields() == (
        ("authorization", f"Bearer {SECRET}"),
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-reason%2Fx", "r"),
        ("Impersonate-Extra-reason%2Fx", "s"),
    )


@pytest.mark.parametrize(
    "user", [{"as-groups": ["a"]}, {"as-uid": "1"}, {"as": "a\nb"}, {"as": "\u00fc"}, {"as": ["a"]}, {"as-groups": "a"}]
)
def test_impersonation_that_cannot_be_honoured_is_refused_by_name(user: dict[str, t.Any]) -> None:
    error = refusal({"token": SECRET, **user})
    assert error.code == "KubeconfigInvalid"
    assert next(iter(user)) in error.text


@pytest.mark.parametrize("name", ["azure", "gcp", "oidc", None])
def test_an_auth_provider_that_is_not_supported_is_named(name: str | None) -> None:
    error = refusal({"auth-provider": {"name": name, "config": {"access-token": SECRET}}})
    assert f"auth-provider {name or 'without a name'}" in error.message
    assert "convert-kubeconfig" in error.remedy


@pytest.mark.parametrize(
    ("script", "reported"),
    [
        ("exit 3", "it ended with 3"),
        (f"echo 'failed for Bearer {SECRET}' >&2; exit 1", "failed for Bearer [hidden]"),
        ("echo '{'", "it printed no JSON"),
        ("echo '[]'", "it is no object"),
        ("echo null", "version none"),
        ("printf '\\377'", "it printed no JSON"),
        ("head -c 100000 /dev/zero | tr '\\0' '['", "it printed no JSON"),
        (f"""echo '{{"apiVersion": "v9", "kind": "ExecCredential", "status": {{"token": "{SECRET}"}}}}'""", "version v9"),
        (f"""echo '{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": "{SECRET}"}}'""", "status is no object"),
        (
            f"""echo '{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": {{"token": ["{SECRET}"]}}}}'""",
            "status.token is no text",
        ),
        (f"""echo '{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": null}}'""", "neither a token nor a certificate"),
        (
            f"""echo '{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": {{"clientKeyData": "{SECRET}"}}}}'""",
            "neither a token",
        ),
        (
            f"""echo '{{"apiVersion": "{VERSION}", "kind": "ExecCredential", "status": {{"token": "{SECRET}", "expirationTimestamp": "soon"}}}}'""",
            "expirationTimestamp is no time",
        ),
    ],
)
def test_what_a_plugin_prints_is_checked(tmp_path: pathlib.Path, script: str, reported: str) -> None:
    error = refusal(plugin(tmp_path, script), tmp_path)
    assert error.code == "KubeLoginPlugin"
    assert reported in error.message


def test_a_plugin_that_does_not_end_is_ended(tmp_path: pathlib.Path) -> None:
    plugin(tmp_path, "sleep 1000 & echo $! >child; wait")
    described = Plugin("./login", (), {}, VERSION, "", "", False, str(tmp_path))
    with pytest.raises(KubeError, match=r"did not end within 1 seconds"):
        run_plugin(described, CLUSTER, "/k", seconds=1.0)
    child = pathlib.Path("/proc", (tmp_path / "child").read_text().strip(), "stat")
    while child.exists() and child.read_text().split()[2] != "Z":
        time.sleep(0.01)


def test_a_plugin_is_asked_again_before_its_credential_expires(tmp_path: pathlib.Path) -> None:
    script = "echo x >>runs; sed s/COUNT/$(wc -l <runs)/ answer"
    printing(tmp_path, {"token": "COUNT", "expirationTimestamp": "2026-11-28T10:00:00.123456789Z"})
    now = [datetime.datetime(2026, 11, 28, 9, 0, tzinfo=datetime.timezone.utc).timestamp()]
    user = read_entries(yaml.safe_load(kubeconfig(plugin(tmp_path, script)).text), str, str(tmp_path)).users["u"]
    sign_in = SignIn(user, CLUSTER, "/k", kubeconfig({}).invalid, clock=lambda: now[0])
    assert [dict(sign_in.fields())["authorization"] for _look in range(2)] == ["Bearer 1"] * 2
    now[0] += 3590
    assert dict(sign_in.fields())["authorization"] == "Bearer 2"


def test_a_plugin_is_given_what_it_asks_for(tmp_path: pathlib.Path) -> None:
    script = f'printf "%s %s" "$EXTRA" "$KUBERNETES_EXEC_INFO" >seen; {printing(tmp_path, {"token": "t"})}'
    user = plugin(tmp_path, script, provideClusterInfo=True, env=[{"name": "EXTRA", "value": "v"}])
    extensions = [{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "a"}}]
    configuration(kubeconfig(user, tmp_path, extensions=extensions), None)
    extra, _space, info = (tmp_path / "seen").read_text().partition(" ")
    assert extra == "v"
    assert json.loads(info)["spec"] == {"interactive": False, "cluster": {"server": "https://c.example", "config": {"audience": "a"}}}
