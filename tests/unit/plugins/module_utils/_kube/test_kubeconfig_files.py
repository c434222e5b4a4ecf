# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several kubeconfig files as one, those that kubectl would read, and files that are none."""

from __future__ import annotations

import base64
import copy
import os
import pathlib
import signal
import subprocess
import sys
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Kubeconfig, configuration, local, read
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError
from hypothesis import given
from hypothesis import strategies as st

SECRET = "s3cr3t-token-of-the-user"


def document(name: str, token: str = "", **more: t.Any) -> dict[str, t.Any]:
    return {
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.example"}}],
        "users": [{"name": name, "user": {"tokenFile": "tok"} if not token else {"token": token}}],
        **more,
    }


def write(path: pathlib.Path, content: t.Any) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return str(path)


def test_several_files_are_one(tmp_path: pathlib.Path) -> None:
    """The first one that has an entry counts; paths are relative to the file that has them; a file that does not exist is passed over."""
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "tok").write_text("of-one")
    first = write(tmp_path / "one" / "config", document("a"))
    second = write(tmp_path / "two" / "config", {**document("a", "of-two"), "current-context": "a"})
    third = write(tmp_path / "three", {**document("b", "of-three"), "current-context": "b"})
    found = read(f"{tmp_path}/none:{first}:{second}:{third}")
    access = configuration(found, None)
    assert (access.host, dict(access.sign_in.fields())["authorization"]) == ("https://a.example", "Bearer of-one")
    assert configuration(found, "b").host == "https://b.example"
    with pytest.raises(KubeError, match=f"{third}.* has no context c") as caught:
        configuration(found, "c")
    assert "one of: a, b." in caught.value.remedy


def test_a_path_with_a_colon_is_one_file(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path / "a:b", {**document("a", "t"), "current-context": "a"})
    assert configuration(read(path), None).host == "https://a.example"


def test_none_of_several_exists(tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError, match="cannot be read: No such file"):
        read(f"{tmp_path}/a:{tmp_path}/b")


@pytest.mark.parametrize(
    ("path", "reported"), [("/dev/zero", "longer than"), ("/", "Is a directory"), ("a\0b", "not text"), ("\ud800", "not text")]
)
def test_what_is_no_kubeconfig_file(path: str, reported: str) -> None:
    """A file without an end is not read to its end."""
    with pytest.raises(KubeError, match=f"cannot be read: .*{reported}"):
        read(path)


def test_what_kubectl_would_use_is_used_for_a_context_that_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local({}, "a") is None
    write(tmp_path / ".kube" / "config", {**document("a", "home"), "current-context": "a"})
    other = write(tmp_path / "other", document("b", "other"))
    assert configuration(t.cast(Kubeconfig, local({}, "a")), "a").host == "https://a.example"
    assert configuration(t.cast(Kubeconfig, local({"KUBECONFIG": f"/none:{other}"}, "b")), "b").host == "https://b.example"
    assert local({"KUBECONFIG": other}, "a") is None
    # Its current context may be that of any other cluster.
    assert local({}, None) is None
    # So may one that the environment names for all hosts.
    assert local({"K8S_AUTH_CONTEXT": "a"}, "a", "b") is None
    assert local({"K8S_AUTH_CONTEXT": "a"}, "a", "a") is not None


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        ({"clusters": [{"name": "a", "cluster": {"server": "a.example:443"}}]}, "which is no URL"),
        ({"clusters": [{"name": "a", "cluster": {"server": "a.example"}}]}, "which is no URL"),
        ({"clusters": [{"name": "a", "cluster": {"server": "https://a.example:x"}}]}, "which is no URL"),
        ({"clusters": [{"name": "a", "cluster": {"server": "https://[a"}}]}, "which is no URL"),
        ({"clusters": [{"name": "a", "cluster": {"server": f"https://me:{SECRET}@a"}}]}, "which is no URL"),
        ({"clusters": [{"name": "a", "cluster": {"server": 443}}]}, "server is no text"),
        ({"clusters": [{"name": ["a"], "cluster": {}}]}, "the name of an entry is no text"),
        ({"clusters": {"a": {}}}, "no valid list of clusters"),
        ({"clusters": [{"name": "a", "cluster": {}}, {"name": "a", "cluster": {}}]}, "two clusters of the name a"),
        ({"current-context": ["a"]}, "the name of an entry is no text"),
        ({"users": [{"name": "a", "user": [SECRET]}]}, "user is no object"),
        ({"users": [{"name": "a", "user": {"token": {SECRET: 1}}}]}, "token is no text"),
        ({"users": [{"name": "a", "user": {"exec": "kubelogin"}}]}, "exec is no object"),
        ({"users": [{"name": "a", "user": {"exec": {"command": "x", "args": "y"}}}]}, "args is no list"),
        ({"users": [{"name": "a", "user": {"exec": {"command": "x", "env": {"A": SECRET}}}}]}, "env is no list"),
        ({"users": [{"name": "a", "user": {"client-certificate-data": "Zm9v"}}]}, "only one"),
    ],
)
def test_a_kubeconfig_of_another_shape(change: dict[str, t.Any], reported: str) -> None:
    with pytest.raises(KubeError) as caught:
        configuration(Kubeconfig(yaml.safe_dump({**document("a", "t"), "current-context": "a", **change}), "/k"), None)
    assert caught.value.code == "KubeconfigInvalid"
    assert reported in caught.value.message
    assert SECRET not in caught.value.text


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "a: " + "9" * 5000,
        "a: 0x" + "f" * 5000,
        "a: 2020-99-99",
        "a: !!int x",
        "a: !!bool x",
        "a: !!timestamp x",
        "a: !!binary x",
        "a: !!python/object:os.system x",
        "? [a]\n: 1",
        '"\\ud800"',
        "\x00",
        "a: &a [*a]",
        "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]),
        "null",
        "3",
        "- a",
        "--- a\n--- b",
    ],
    ids=lambda text: text[:12],
)
def test_text_that_is_no_kubeconfig(text: str) -> None:
    with pytest.raises(KubeError) as caught:
        configuration(Kubeconfig(text, "/k"), None)
    assert caught.value.code == "KubeconfigInvalid"
    assert len(caught.value.text) < 500


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just(10**30) | st.dates()
ANYTHING = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner), max_leaves=8
)
WHOLE: dict[str, t.Any] = {
    "current-context": "a",
    "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
    "clusters": [
        {
            "name": "a",
            "cluster": {
                "server": "https://a.example",
                "certificate-authority-data": "Zm9v",
                "proxy-url": "http://p:1",
                "tls-server-name": "b",
                "insecure-skip-tls-verify": False,
                "extensions": [{"name": "e", "extension": {}}],
            },
        }
    ],
    "users": [
        {
            "name": "a",
            "user": {
                "token": SECRET,
                "client-certificate-data": "Zm9v",
                "client-key-data": "Zm9v",
                "username": "u",
                "password": SECRET,
                "as": "x",
                "as-uid": "1",
                "as-groups": ["g"],
                "as-user-extra": {"k": ["v"]},
                "auth-provider": {"name": "oidc", "config": {"id-token": SECRET}},
            },
        }
    ],
}


def places(node: t.Any, above: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*above, key)
        yield from places(value, (*above, key))


@given(place=st.sampled_from(list(places(WHOLE))), value=ANYTHING)
def test_anything_anywhere_in_a_kubeconfig_is_used_or_refused_without_secrets(place: tuple[t.Any, ...], value: t.Any) -> None:
    mutated = copy.deepcopy(WHOLE)
    node: t.Any = mutated
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value
    error = refusal_of(yaml.safe_dump(mutated))
    if error is not None:
        assert error.code == "KubeconfigInvalid"
        assert SECRET not in error.text


def refusal_of(text: str) -> KubeError | None:
    try:
        configuration(Kubeconfig(text, "/k"), None).sign_in.fields()
    except KubeError as exc:
        return exc
    return None


KEEPS_A_KEY = """
import os, signal, sys
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import configuration, read
from ansible_collections.aks.dataplane.plugins.module_utils._kube import unnamed_file
if sys.argv[3] == "without memfd":
    unnamed_file.os.memfd_create = lambda *_arguments: (_ for _ in ()).throw(OSError(38, "Function not implemented"))
access = configuration(read(sys.argv[1]), None)
assert open(access.key).read() == open(access.key).read() == "the-key"
os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.mark.parametrize("memory", ["with memfd", "without memfd"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_killed_leaves_no_key_behind(tmp_path: pathlib.Path, number: int, memory: str) -> None:
    user = {name: base64.b64encode(b"the-key").decode() for name in ("client-certificate-data", "client-key-data")}
    path = write(tmp_path / "config", {**document("a"), "users": [{"name": "a", "user": user}], "current-context": "a"})
    (tmp_path / "temporary").mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", KEEPS_A_KEY, path, str(int(number)), memory],
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        check=False,
    )
    assert ended.returncode == -number
    assert list((tmp_path / "temporary").iterdir()) == []
