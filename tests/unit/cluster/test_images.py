# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of the real cluster: what is in them, and in what shape."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.cluster import images


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """As unpacked packages, with more than kube-proxy needs."""
    root = tmp_path / "root"
    for name in ("usr/sbin/nft", "usr/sbin/ipset", "usr/sbin/conntrack", "usr/sbin/xtables-nft-multi", "usr/sbin/iptables-apply"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("program")
    for name in ("lib/x/libc.so.6", "usr/lib/x/libnftables.so.1", "usr/bin/python3", "bin/sh", "etc/protocols"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("content")
    (root / "lib64").mkdir()
    (root / "lib64/ld-linux.so.2").symlink_to("/lib/x/ld.so")
    return root


def test_kube_proxy_has_its_tools_and_neither_shell_nor_python(root: Path) -> None:
    paths = {entry.path for entry in images.proxy_tools(root)}
    assert {"usr/sbin/nft", "usr/sbin/iptables-restore", "usr/sbin/ip6tables", "usr/sbin/ipset", "usr/sbin/conntrack"} <= paths
    assert {"lib/x/libc.so.6", "lib64/ld-linux.so.2", "etc/protocols"} <= paths
    assert not [path for path in paths if path.rpartition("/")[2] in ("sh", "bash", "python3", "iptables-apply")]


def test_an_image_is_a_tar_file_that_names_its_layers(root: Path, tmp_path: Path) -> None:
    image = images.Image("registry.example/tools:1", (tuple(images.proxy_tools(root)),), ("/usr/sbin/nft",))
    images.write(image, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as archive:
        held = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}  # type: ignore[union-attr]
    (manifest,) = json.loads(held["manifest.json"])
    config = json.loads(held[manifest["Config"]])
    assert manifest["RepoTags"] == ["registry.example/tools:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(held[layer]).hexdigest()}" for layer in manifest["Layers"]]
    with tarfile.open(fileobj=io.BytesIO(held[manifest["Layers"][0]])) as layer:
        assert layer.getmember("usr/sbin/nft").mode == 0o755
        assert layer.getmember("usr/sbin/iptables").linkname == "xtables-nft-multi"


def test_the_same_files_make_the_same_image(root: Path, tmp_path: Path) -> None:
    image = images.Image("registry.example/tools:1", (tuple(images.proxy_tools(root)),), ())
    for name in ("one", "two"):
        images.write(image, tmp_path / name)
        (root / "usr/sbin/nft").touch()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
