# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the parts as SVG, for a page that has it in its HTML."""

from __future__ import annotations

import html
import typing as t

from tools.pages.architecture.layout import Layout, lay_out, rank, reduce_edges
from tools.pages.architecture.parts import Part

# The beginnings of keys, from the top; what is below plugins/module_utils has rows by itself.
BANDS = (
    ("playbooks/",),
    ("roles/",),
    ("plugins/modules/aks_",),
    ("plugins/modules/node_", "plugins/filter/", "plugins/inventory/"),
    ("plugins/module_utils/", "plugins/plugin_utils"),
    ("outside/",),
)
# Of one character, in pixels: names are bold.
BOLD, PLAIN = 7.1, 6.4
BOX, ROW = 46.0, 100.0
TOP = 16.0
# Fill and frame of a box.
COLOURS = {
    "run": ("#e8f0fb", "#3a6ea5"),
    "decides": ("#eaf6ec", "#3b7d4a"),
    "talks": ("#fdf1e3", "#b26b16"),
    "outside": ("#f4f4f4", "#6b6b6b"),
}
TITLE = "The parts of the collection, from playbooks at the top to what is outside at the bottom"
TEXT = "Boxes for playbooks, roles, plugins, shared packages and what they talk to, with arrows to what each uses. The tables below list the same."


def draw(parts: t.Sequence[Part]) -> list[str]:
    """The lines of the C(svg) element: a box for each part, and an arrow to what it uses unless other arrows lead there."""
    by_key = {part.key: part for part in parts}
    edges = reduce_edges({part.key: part.uses for part in parts})
    rows = rank(edges, [[part.key for part in parts if part.key.startswith(band)] for band in BANDS])
    layout = lay_out(edges, rows, {part.key: width(part) for part in parts})
    height = TOP * 2 + ROW * (len(layout.rows) - 1) + BOX
    ways = [line for key in edges for end in edges[key] for line in _arrow(key, end, layout, rows)]
    boxes = [line for row, keys in enumerate(layout.rows) for key in keys for line in _box(by_key[key], layout.centers[key], top(row))]
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:.0f} {height:.0f}" style="min-width: 60rem" '
        'role="img" aria-labelledby="picture-title picture-text">',
        f'<title id="picture-title">{TITLE}</title>',
        f'<desc id="picture-text">{TEXT}</desc>',
        f'<rect width="{layout.width:.0f}" height="{height:.0f}" rx="8" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L10 5L0 10z" fill="#44546a"/></marker></defs>',
        '<g stroke="#7b8798" stroke-width="1.3" fill="none" marker-end="url(#tip)">',
        *ways,
        "</g>",
        '<g font-family="sans-serif" font-size="12" text-anchor="middle" fill="#1b2430">',
        *boxes,
        "</g>",
        "</svg>",
    ]


def width(part: Part) -> float:
    """Of its box, in pixels."""
    return 14 + max(len(line) * size for line, size in zip(lines(part), (BOLD, PLAIN), strict=False))


def lines(part: Part) -> list[str]:
    """What stands in its box: the name, and for packages and what is outside also what it is for."""
    return [part.name, part.words] if part.kind in ("packages", "outside") else [part.name, kind_of(part)]


def kind_of(part: Part) -> str:
    """Of what kind of plugin it is, or one word for what it is else."""
    if part.kind != "plugins":
        return part.kind.removesuffix("s")
    folder = part.key.split("/")[1]
    return "module, action" if len(part.paths) > 1 else {"modules": "module", "filter": "filter", "inventory": "inventory"}[folder]


def top(row: int) -> float:
    """Of the boxes in a row, in pixels."""
    return TOP + ROW * row


def _box(part: Part, center: float, y: float) -> t.Iterator[str]:
    fill, frame = COLOURS[
        "outside" if part.kind == "outside" else "talks" if part.talks else "decides" if part.kind == "packages" else "run"
    ]
    dashes = ' stroke-dasharray="5 4"' if part.kind == "outside" else ""
    wide = width(part)
    yield (
        f'<rect data-paths="{" ".join(part.paths)}" x="{center - wide / 2:.0f}" y="{y:.0f}" width="{wide:.0f}" height="{BOX:.0f}" rx="6" '
        f'fill="{fill}" stroke="{frame}"{dashes}/>'
    )
    for line, (text, weight) in enumerate(zip(lines(part), (' font-weight="bold"', ""), strict=True)):
        yield f'<text x="{center:.0f}" y="{y + 20 + 18 * line:.0f}"{weight}>{html.escape(text)}</text>'


def _arrow(key: str, end: str, layout: Layout, rows: t.Mapping[str, int]) -> t.Iterator[str]:
    """Through the lanes of the rows that it passes, where it goes straight down."""
    x, y = layout.centers[key], top(rows[key]) + BOX
    path = f"M{x:.0f} {y:.0f}"
    for row, lane in [*layout.ways[key, end], (rows[end], layout.centers[end])]:
        below = top(row)
        middle = (y + below) / 2
        path += f"C{x:.0f} {middle:.0f} {lane:.0f} {middle:.0f} {lane:.0f} {below:.0f}"
        if row != rows[end]:
            path += f"V{below + BOX:.0f}"
        x, y = lane, below + BOX
    yield f'<path d="{path}"/>'
