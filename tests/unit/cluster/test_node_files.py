# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a node, as far as they do something: what runc gets of containers, and of commands in them."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.cluster import node_files

SPEC = node_files.NodeSpec("node-1", "10.224.0.4", "10.244.4.0/24")
GROUP = "/aks-dataplane-cluster-x/node-1"


@pytest.fixture
def runc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., str]:
    """The node's runc, in front of one that says with which arguments it is called."""
    real = tmp_path / "runtime" / "usr/sbin/runc"
    real.parent.mkdir(parents=True)
    real.write_text('#!/bin/sh\necho "$@"\n', encoding="ascii")
    real.chmod(0o755)
    monkeypatch.setattr(node_files, "RUNTIME", tmp_path / "runtime")
    folder, authority = tmp_path / "node", tmp_path / "ca.pem"
    folder.mkdir()
    authority.write_bytes(b"")
    node_files.write(SPEC, folder, "", authority, GROUP, ["CAP_SYS_RESOURCE", "CAP_BPF"])

    def run(*arguments: str) -> str:
        return subprocess.run([str(folder / "bin/runc"), *arguments], capture_output=True, text=True, check=True).stdout.strip()

    return run


def process(*capabilities: str) -> dict[str, t.Any]:
    return {"args": ["/pause"], "capabilities": {kind: list(capabilities) for kind in ("bounding", "effective", "permitted")}}


def write(file: Path, content: t.Any) -> None:
    """As Go writes it, without blanks."""
    file.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (["CAP_NET_ADMIN", "CAP_SYS_RESOURCE", "CAP_NET_RAW"], ["CAP_NET_ADMIN", "CAP_NET_RAW"]),
        (["CAP_SYS_RESOURCE", "CAP_BPF"], []),
        (["CAP_NET_ADMIN", "CAP_BPF"], ["CAP_NET_ADMIN"]),
        (["CAP_SYS_RESOURCE"], []),
    ],
)
def test_nobody_gets_capabilities_that_root_has_not(runc: t.Callable[..., str], tmp_path: Path, asked: list[str], given: list[str]) -> None:
    write(tmp_path / "config.json", {"process": process(*asked), "linux": {"cgroupsPath": "/k8s.io/abc"}})
    write(tmp_path / "process.json", process(*asked))

    assert runc("create", "--bundle", str(tmp_path), "abc") == f"create --bundle {tmp_path} abc"
    assert runc("exec", "--process", str(tmp_path / "process.json"), "abc") == f"exec --process {tmp_path}/process.json abc"

    config = json.loads((tmp_path / "config.json").read_text(encoding="ascii"))
    assert config["process"] == process(*given)
    assert json.loads((tmp_path / "process.json").read_text(encoding="ascii")) == process(*given)


def test_containers_are_in_the_control_groups_of_their_node(runc: t.Callable[..., str], tmp_path: Path) -> None:
    write(tmp_path / "config.json", {"process": process(), "linux": {"cgroupsPath": "/k8s.io/abc"}})
    runc("create", "--bundle", str(tmp_path), "abc")
    config = json.loads((tmp_path / "config.json").read_text(encoding="ascii"))
    assert config["linux"]["cgroupsPath"] == f"{GROUP}/k8s.io/abc"
