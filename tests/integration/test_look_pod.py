# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of aks_nodes_probe in a root that holds nothing but the mounts of its pod, with the capabilities of its container, on a node with rules.

The node is this machine, and one of Debian 13 (Python 3.13, nftables 1.1.3, iptables 1.8.11) from packages that the set-up has unpacked.
"""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._nodes.pods_manifest import Probe
from ansible_collections.aks.dataplane.plugins.module_utils._work.look_payload import program

from tools.aside.programs import NODE

PROBE = Probe("r", "ns", "image", "", 300, program(), ("amd64",), monitor_lines=True)
RULES = """
table ip kube-proxy {
    chain services {
    }
    chain nat-prerouting {
        type nat hook prerouting priority dstnat
        jump services
    }
}
table inet theirs {
    chain input {
        type filter hook input priority 0
        ip saddr 203.0.113.7 drop
    }
}
"""


# The root folders of nodes, by their names: what the set-up left.
NODES = {"this-machine": Path("/"), **({"trixie": NODE.folder} if NODE.folder.exists() else {})}
# What packages make when they are installed.
ALTERNATIVES = ("iptables", "ip6tables")


def as_installed(tree: Path, folder: Path) -> dict[str, Path]:
    """The folders of a node that its pod mounts, by their paths there; folder: for what an unpacked tree lacks."""
    if tree == Path("/"):
        return {}
    links, programs = folder / "alternatives", folder / "usr/sbin"
    links.mkdir()
    programs.mkdir(parents=True)
    for name in ALTERNATIVES:
        (links / name).symlink_to(f"/usr/sbin/{name}-nft")
        (programs / name).symlink_to(f"/etc/alternatives/{name}")
    return {"/usr": tree / "usr", "/lib": tree / "usr/lib", "/lib64": tree / "usr/lib64", "/etc/alternatives": links}


def script(root: Path, pod: dict[str, t.Any], node: t.Mapping[str, Path]) -> str:
    """What a container runtime does, by the manifest. node: folders that are in the place of those of this machine."""
    (container,) = pod["containers"]
    hosts = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"] if "hostPath" in volume}
    lines = ["set -e", f"nft -f {root}/rules", f"mkdir {root}/root", f"mount -t tmpfs none {root}/root"]
    for mount in container["volumeMounts"]:
        target = f"{root}/root{mount['mountPath']}"
        if mount["mountPath"] == "/sys/kernel/security":
            # It is in a file system that the runtime mounts first.
            lines += [f"mkdir -p {root}/root/sys", f"mount -t sysfs -o ro none {root}/root/sys"]
            continue
        source = hosts.get(mount["name"], f"{root}/prog")
        lines.append(f"mkdir -p {target}")
        if source == "/usr" and node:
            # As it is once its packages are installed.
            lines.append(f"mount -t overlay -o ro,lowerdir={root}/installed/usr:{node['/usr']} none {target}")
        else:
            lines += [f"mount --bind {node.get(source, source)} {target}", f"mount -o remount,bind,ro {target}"]
    lines += [
        f"mkdir {root}/root/proc {root}/root/dev",
        f"mount -t proc none {root}/root/proc",
        f"touch {root}/root/dev/null",
        f"mount --bind /dev/null {root}/root/dev/null",
        f"mount -o remount,ro {root}/root",
    ]
    added = container["securityContext"]["capabilities"]["add"]
    bounding = "-all," + ",".join(f"+{name.lower()}" for name in added)
    command = " ".join(container["command"])
    lines.append(f"exec chroot {root}/root /usr/bin/setpriv --no-new-privs --bounding-set={bounding} {command}")
    return "\n".join(lines)


@pytest.mark.parametrize("name", NODES)
def test_it_sees_the_node_with_what_its_pod_gives_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "installed").mkdir()
    node = as_installed(NODES[name], tmp_path / "installed")
    (tmp_path / "rules").write_text(RULES, encoding="utf-8")
    (tmp_path / "prog").mkdir()
    (tmp_path / "prog" / "look.zip").write_bytes(PROBE.program)
    words = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", script(tmp_path, PROBE.pod()["spec"], node)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        # It ignores other signals as long as its child runs.
        process.kill()
        errors = process.stderr.read().decode()
    assert line, errors
    seen = json.loads(line)["aks_dataplane_look"]
    assert seen["unread"] == []
    assert {(table["family"], table["name"], table["owner"]) for table in seen["nft_tables"]} == {
        ("ip", "kube-proxy", "kube-proxy"),
        ("inet", "theirs", "unknown"),
    }
    assert [(drop["family"], drop["table"], drop["chain"]) for drop in seen["foreign_drops"]] == [("inet", "theirs", "input")]
    assert seen["tools"]["nft"]["version"]
    assert seen["tools"]["iptables"]["version"]
    assert seen["os"]["id"]
    if name == "trixie":
        assert (seen["os"]["id"], seen["os"]["version"]) == ("debian", "13")
        assert seen["tools"]["nft"]["version"].startswith("1.1.")
        assert seen["tools"]["iptables"]["version"] == "1.8.11"
    assert {lines is not None for lines in seen["monitor_lines"]["ipv4"].values()} == {True}
