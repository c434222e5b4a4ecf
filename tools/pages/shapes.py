# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures of the documentation are made of, and how it becomes SVG: dark on white, so that it can be read on pages of any colour."""

from __future__ import annotations

import dataclasses
import html
import typing as t

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
class Way:
    """From box to box with a tip at its end. corners: in pixels; two of them that follow each other are on one line. dashes: of its stroke, or none."""

    corners: tuple[tuple[float, float], ...]
    colour: str
    dashes: str = ""


Shape = Box | Label | Arrow | Way


@dataclasses.dataclass(frozen=True)
class Picture:
    """title: also what a screen reader says. width, height: in pixels."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]


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


def _shape(shape: Shape) -> t.Iterator[str]:
    if isinstance(shape, Arrow):
        yield f'<path d="M{shape.left + 2:.0f} {shape.middle:.0f} h8 m-4 -4 l4 4 l-4 4" fill="none" stroke="#333"/>'
    elif isinstance(shape, Way):
        (x, y), dashed = shape.corners[0], f' stroke-dasharray="{shape.dashes}"' if shape.dashes else ""
        rest = " ".join(f"L{x:.0f} {y:.0f}" for x, y in shape.corners[1:])
        yield f'<path d="M{x:.0f} {y:.0f} {rest}" fill="none" stroke="{shape.colour}" stroke-width="1.6"{dashed}/>'
        yield f'<path d="{_tip(*shape.corners[-2:])}" fill="{shape.colour}"/>'
    elif isinstance(shape, Label):
        weight = ' font-weight="bold"' if shape.bold else ""
        yield f'<text x="{shape.left:.0f}" y="{shape.base:.0f}"{weight} fill="#111">{html.escape(shape.text)}</text>'
    else:
        place = f'x="{shape.left:.0f}" y="{shape.top:.0f}" width="{shape.width:.0f}" height="{shape.height:.0f}"'
        yield f'<rect {place} rx="3" fill="{shape.fill}" stroke="#333"/>'
        if shape.text:
            x, y = shape.left + shape.width / 2, shape.top + shape.height / 2 + 5
            yield f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="middle" fill="#111">{html.escape(shape.text)}</text>'


def _tip(begin: tuple[float, float], end: tuple[float, float]) -> str:
    """A triangle at the end of a line that is horizontal or vertical."""
    (x, y), length = end, max(abs(end[0] - begin[0]), abs(end[1] - begin[1]))
    along = ((end[0] - begin[0]) / length, (end[1] - begin[1]) / length)
    corners = ((x, y), *((x - 8 * along[0] + side * along[1], y - 8 * along[1] + side * along[0]) for side in (4, -4)))
    return "M" + "L".join(f"{x:.0f} {y:.0f}" for x, y in corners) + "z"
