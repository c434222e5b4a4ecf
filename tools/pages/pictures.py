# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the documentation, in docs/pictures: python -m tools.pages.pictures writes them."""

from __future__ import annotations

import pathlib
import re
import sys
import typing as t

from tools.made import ROOT, main
from tools.pages import workflow
from tools.pages.shapes import EBPF, GAP, IPTABLES, NFTABLES, PLAIN, WORK, Arrow, Box, Label, Picture, Shape, draw

FOLDER = ROOT / "docs" / "pictures"
# What real kube-proxy programs wrote, which the nodes of the demo have, too.
CAPTURES = ROOT / "tests" / "fixtures" / "kube-proxy"
BEFORE, AFTER = CAPTURES / "iptables-12", CAPTURES / "transition-iptables-to-nftables-nocleanup-kp1.36.2"


def timeline() -> Picture:
    """A switch of a cluster with three nodes: who works when, and when which node has its gap."""
    rows = ("Run", "Azure", "DaemonSet", "Node 1", "Node 2", "Node 3")
    tops = [20.0 + 40 * number for number in range(len(rows))]
    shapes: list[Shape] = [Label(10, top + 19, name) for name, top in zip(rows, tops, strict=True)]
    shapes += [
        Box(105, tops[0], 100, 28, WORK, "preflight"),
        Box(205, tops[0], 400, 28, EBPF, "switch, rollout"),
        Box(605, tops[0], 135, 28, NFTABLES, "verification"),
        Box(205, tops[1], 300, 28, WORK, "updates the cluster: 2 to 10 minutes"),
        Box(370, tops[2], 235, 28, WORK, "one pod after the other"),
    ]
    for top, gap in zip(tops[3:], (390, 460, 530), strict=True):
        shapes += [
            Box(105, top, gap - 105, 28, IPTABLES, "iptables"),
            Box(gap, top, 26, 28, GAP),
            Box(gap + 26, top, 740 - gap - 26, 28, NFTABLES, "nftables"),
        ]
    shapes += [
        Box(105, 262, 16, 14, GAP),
        Label(128, 274, "new connections through Services can fail on this node, for 2 to 8 seconds", bold=False),
    ]
    return Picture("Timeline of a switch: Azure, DaemonSet, nodes, and the gap on each node", 750, 290, tuple(shapes))


def packet_path() -> Picture:
    """What a packet from a pod passes, with each of three data planes."""
    ends = ((100, 50, PLAIN, "Pod"), (668, 50, PLAIN, "Pod"))
    interfaces = ((162, 80, PLAIN, "interface"), (576, 80, PLAIN, "interface"))
    paths = {
        "iptables": (*ends, *interfaces, (254, 310, IPTABLES, "one rule after the other, for all Services")),
        "nftables": (*ends, *interfaces, (254, 310, NFTABLES, "one look-up in a map")),
        "eBPF": (*ends, (162, 494, EBPF, "eBPF program, past the host's iptables and nftables rules")),
    }
    shapes: list[Shape] = []
    for number, (name, boxes) in enumerate(paths.items()):
        top = 14.0 + 58 * number
        shapes += [Label(10, top + 24, name), *(Box(left, top, width, 38, fill, text) for left, width, fill, text in boxes)]
        shapes += [Arrow(left + width, top + 19) for left, width, _fill, _text in sorted(boxes)[:-1]]
    return Picture("The path of a packet with iptables, with nftables and with eBPF host routing", 730, 182, tuple(shapes))


def nodes() -> Picture:
    """Three nodes before and after a switch: the rules of kube-proxy on each, as the demo counts them."""
    before, after = _chains(BEFORE), _chains(AFTER)
    services = [chain for chain in before if chain.startswith("KUBE-SVC-")]
    families = re.findall(r"^table (\w+) kube-proxy ", (AFTER / "nft.txt").read_text(encoding="utf-8"), re.MULTILINE)
    shapes: list[Shape] = [Label(105, 26, "before: iptables"), Label(427, 26, "after: nftables")]
    for number in range(3):
        top = 40.0 + 46 * number
        shapes += [
            Label(10, top + 22, f"Node {number + 1}"),
            Box(105, top, 300, 34, IPTABLES, f"{len(before)} KUBE chains, {len(services)} of them KUBE-SVC-*"),
            Arrow(405, top + 17),
            Box(427, top, 340, 34, NFTABLES, f"tables {' and '.join(families)} kube-proxy; {', '.join(after)}"),
        ]
    return Picture("The rules of kube-proxy on three nodes, before and after a switch from iptables to nftables", 780, 186, tuple(shapes))


def _chains(capture: pathlib.Path) -> list[str]:
    """The chains of kube-proxy that iptables shows in any table."""
    saved = (capture / "iptables-save.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^:(KUBE-\S+)", saved, re.MULTILINE)))


PICTURES: t.Mapping[str, t.Callable[[], Picture]] = {
    "timeline.svg": timeline,
    "packet_path.svg": packet_path,
    "nodes.svg": nodes,
    "workflow.svg": workflow.picture,
}


def files() -> dict[pathlib.Path, str]:
    """The text of each file."""
    return {FOLDER / name: draw(picture()) for name, picture in PICTURES.items()}


if __name__ == "__main__":
    sys.exit(main("tools.pages.pictures", files, __doc__))
