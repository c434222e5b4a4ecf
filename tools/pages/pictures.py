# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the documentation, in docs/pictures: python -m tools.pages.pictures writes them, and with --check compares them."""

from __future__ import annotations

import argparse
import dataclasses
import html
import pathlib
import sys
import typing as t

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "pictures"
# Of one character, in pixels, at the size of C(draw): bold ones are wider.
CHARACTER = 6.9
# Fill of a box: what is the same everywhere, work, rules of iptables, of nftables, of eBPF, and a gap.
PLAIN, WORK, IPTABLES, NFTABLES, EBPF, GAP = "#f4f4f4", "#e8eef7", "#f6efdf", "#d9f0dd", "#dbe7f5", "#b3261e"


@dataclasses.dataclass(frozen=True)
class Box:
    """In pixels from the corner at the top left. Its text is in the middle, or none."""

    left: float
    top: float
    width: float
    height: float
    fill: str
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Label:
    """left, base: where its first character begins, in pixels."""

    left: float
    base: float
    text: str
    bold: bool = True


@dataclasses.dataclass(frozen=True)
class Arrow:
    """To the right, from one box to the next; in pixels."""

    left: float
    middle: float


@dataclasses.dataclass(frozen=True)
class Picture:
    """title: also what a screen reader says. width, height: in pixels."""

    title: str
    width: float
    height: float
    shapes: tuple[Box | Label | Arrow, ...]


def timeline() -> Picture:
    """A switch of a cluster with three nodes: who works when, and when which node has its gap."""
    rows = ("Run", "Azure", "DaemonSet", "Node 1", "Node 2", "Node 3")
    tops = [20.0 + 40 * number for number in range(len(rows))]
    shapes: list[Box | Label | Arrow] = [Label(10, top + 19, name) for name, top in zip(rows, tops, strict=True)]
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
        Label(128, 274, "new connections through Services can fail on this node, for a few seconds", bold=False),
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
    shapes: list[Box | Label | Arrow] = []
    for number, (name, boxes) in enumerate(paths.items()):
        top = 14.0 + 58 * number
        shapes += [Label(10, top + 24, name), *(Box(left, top, width, 38, fill, text) for left, width, fill, text in boxes)]
        shapes += [Arrow(left + width, top + 19) for left, width, _fill, _text in sorted(boxes)[:-1]]
    return Picture("The path of a packet with iptables, with nftables and with eBPF host routing", 730, 182, tuple(shapes))


def nodes() -> Picture:
    """Three nodes before and after a switch: the rules of kube-proxy on each, as the demo counts them."""
    shapes: list[Box | Label | Arrow] = [Label(105, 26, "before: iptables"), Label(427, 26, "after: nftables")]
    for number in range(3):
        top = 40.0 + 46 * number
        shapes += [
            Label(10, top + 22, f"Node {number + 1}"),
            Box(105, top, 300, 34, IPTABLES, "48 KUBE chains, 10 of them KUBE-SVC-*"),
            Arrow(405, top + 17),
            Box(427, top, 340, 34, NFTABLES, "tables ip and ip6 kube-proxy; KUBE-FIREWALL"),
        ]
    return Picture("The rules of kube-proxy on three nodes, before and after a switch from iptables to nftables", 780, 186, tuple(shapes))


PICTURES: t.Mapping[str, t.Callable[[], Picture]] = {"timeline.svg": timeline, "packet_path.svg": packet_path, "nodes.svg": nodes}


def draw(picture: Picture) -> str:
    """The picture as a file of its name holds it."""
    title = html.escape(picture.title)
    lines = [
        "<!-- Made by: python -m tools.pages.pictures -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width:.0f}" height="{picture.height:.0f}" '
        f'viewBox="0 0 {picture.width:.0f} {picture.height:.0f}" role="img" aria-label="{title}" font-family="sans-serif" font-size="13">',
        f"<title>{title}</title>",
        f'<rect width="{picture.width:.0f}" height="{picture.height:.0f}" rx="8" fill="#ffffff"/>',
        *(line for shape in picture.shapes for line in _shape(shape)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _shape(shape: Box | Label | Arrow) -> t.Iterator[str]:
    if isinstance(shape, Arrow):
        yield f'<path d="M{shape.left + 2:.0f} {shape.middle:.0f} h8 m-4 -4 l4 4 l-4 4" fill="none" stroke="#333"/>'
    elif isinstance(shape, Label):
        weight = ' font-weight="bold"' if shape.bold else ""
        yield f'<text x="{shape.left:.0f}" y="{shape.base:.0f}"{weight} fill="#111">{html.escape(shape.text)}</text>'
    else:
        place = f'x="{shape.left:.0f}" y="{shape.top:.0f}" width="{shape.width:.0f}" height="{shape.height:.0f}"'
        yield f'<rect {place} rx="3" fill="{shape.fill}" stroke="#333"/>'
        if shape.text:
            x, y = shape.left + shape.width / 2, shape.top + shape.height / 2 + 5
            yield f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" fill="#111">{html.escape(shape.text)}</text>'


def stale() -> list[str]:
    """Names of files that are not what is made now."""
    made = {name: draw(picture()) for name, picture in PICTURES.items()}
    return [name for name, text in made.items() if not (FOLDER / name).is_file() or (FOLDER / name).read_text(encoding="utf-8") != text]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.pages.pictures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, and end with 1 where a file is not what is made")
    if parser.parse_args().check:
        for name in stale():
            print(f"docs/pictures/{name} is not what python -m tools.pages.pictures makes", file=sys.stderr)
        return 1 if stale() else 0
    for name, picture in PICTURES.items():
        (FOLDER / name).write_text(draw(picture()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
