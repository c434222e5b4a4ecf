# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of containers, made from Debian packages and our own programs, without a registry: tar files as docker save writes them."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
import typing as t
from pathlib import Path

REGISTRY = "mcr.microsoft.com/oss/v2/kubernetes"
PAUSE = f"{REGISTRY}/pause:3.6"
# Server and client, of our own.
TRAFFIC = "docker.io/aksdataplane/traffic:1"
# What kube-proxy calls, and the names that Debian gives with its alternatives.
TOOLS = ("conntrack", "ipset", "nft", "xtables-nft-multi")
XTABLES = tuple(f"{family}{part}" for family in ("iptables", "ip6tables") for part in ("", "-save", "-restore", "-nft"))
LIBRARIES = ("lib", "lib64", "usr/lib")
SETTINGS = ("etc/protocols", "etc/services", "etc/nftables.conf", "etc/ld.so.conf.d")


def proxy_name(version: str) -> str:
    """Of kube-proxy's image, as AKS names it. version: such as 1.36.3."""
    return f"{REGISTRY}/kube-proxy:v{version}"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file or a link in an image. path: in the image. source: a file to copy, or the target of a link."""

    path: str
    source: Path | str
    executable: bool = True


@dataclasses.dataclass(frozen=True)
class Image:
    """name: with registry and tag. layers: from the lowest to the highest."""

    name: str
    layers: tuple[tuple[Entry, ...], ...]
    entrypoint: tuple[str, ...]


def all_of(programs: Path, proxy: Path, version: str) -> list[Image]:
    """Those of a cluster. programs, proxy: folders of our programs, and of what kube-proxy calls."""
    pods = programs / "pods"
    tools = tuple(proxy_tools(proxy))
    kubernetes = (Entry("usr/local/bin/kube-proxy", programs / "kubernetes"),)
    return [
        Image(PAUSE, ((Entry("pause", pods),),), ("/pause",)),
        Image(TRAFFIC, ((Entry("server", pods), Entry("client", pods)),), ()),
        Image(proxy_name(version), (tools, kubernetes), ("/usr/local/bin/kube-proxy",)),
    ]


def proxy_tools(root: Path) -> t.Iterator[Entry]:
    """What kube-proxy calls and what that needs: no shell, no Python."""
    for name in TOOLS:
        yield Entry(f"usr/sbin/{name}", root / "usr/sbin" / name)
    for name in XTABLES:
        yield Entry(f"usr/sbin/{name}", "xtables-nft-multi")
    for folder in (*LIBRARIES, *SETTINGS):
        top = root / folder
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_symlink():
                yield Entry(str(file.relative_to(root)), str(file.readlink()))
            elif file.is_file():
                yield Entry(str(file.relative_to(root)), file, executable=".so" in file.name)


def write(image: Image, target: Path) -> None:
    """The image as a tar file."""
    layers = [_layer(entries) for entries in image.layers]
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Entrypoint": list(image.entrypoint), "Env": ["PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}" for layer in layers]},
    }
    names = [f"layer{number}.tar" for number in range(len(layers))]
    manifest = [{"Config": "config.json", "RepoTags": [image.name], "Layers": names}]
    with tarfile.open(target, "w") as archive:
        for name, layer in zip(names, layers, strict=True):
            _add(archive, name, layer)
        _add(archive, "config.json", json.dumps(config).encode())
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _layer(entries: t.Iterable[Entry]) -> bytes:
    """A tar file in memory, the same for the same files."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for folder in sorted({str(parent) for entry in entries for parent in Path(entry.path).parents} - {"."}):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(member)
        for entry in entries:
            if isinstance(entry.source, Path):
                _add(archive, entry.path, entry.source.read_bytes(), 0o755 if entry.executable else 0o644)
            else:
                member = tarfile.TarInfo(entry.path)
                member.type, member.linkname = tarfile.SYMTYPE, entry.source
                archive.addfile(member)
    return held.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    archive.addfile(member, io.BytesIO(content))
