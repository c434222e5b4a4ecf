# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a rollout to three nodes, in the guide about a firewall on AKS nodes: python -m tools.pages.rollout writes it."""

from __future__ import annotations

import dataclasses
import html
import sys
import typing as t

from tools.made import ROOT, between, main

PATH = ROOT / "docs" / "docsite" / "rst" / "guide_node_firewall.rst"
# Comments of reStructuredText, between which all is made.
BEGIN = ".. Made by: python -m tools.pages.rollout\n"
END = ".. The end of the picture.\n"

TITLE = "A rollout to three nodes, one that ends well above, and one that is rolled back below"
TEXT = (
    "Time runs to the right. First the tables are tried on all three nodes. Then node 1 gets the new tables, opens a new connection to the API "
    "server, and is as declared for 30 seconds before node 2 follows, then node 3. Below, node 1 cannot reach the API server with the new tables and "
    "rolls back, so that nodes 2 and 3 keep the previous tables, and the run fails."
)
ROWS = ("run", "node 1", "node 2", "node 3")
# In pixels: the names of the rows, one row, a block, one second of the picture, and the space above a panel for its heading.
NAMES, ROW, BAR, SECOND, HEADING = 66.0, 34.0, 24.0, 6.4, 34.0
LENGTH = 128.0
# Fill and frame of a block.
COLOURS = {
    "before": ("#f4f4f4", "#6b6b6b"),
    "try": ("#e8f0fb", "#3a6ea5"),
    "window": ("#fdf1e3", "#b26b16"),
    "after": ("#eaf6ec", "#3b7d4a"),
    "bad": ("#fbe9e7", "#b3362b"),
}


@dataclasses.dataclass(frozen=True)
class Block:
    """row: of C(ROWS). start, end: in seconds of the picture. kind: of C(COLOURS)."""

    row: int
    start: float
    end: float
    kind: str
    text: str


@dataclasses.dataclass(frozen=True)
class Panel:
    heading: str
    blocks: tuple[Block, ...]


def _node(row: int, start: float) -> tuple[Block, ...]:
    """A node whose turn comes at C(start), after the tables were tried on it."""
    waiting = (Block(row, 14, start, "before", "previous tables"),) if start > 14 else ()
    return (
        Block(row, 0, 14, "try", "dry run"),
        *waiting,
        Block(row, start, start + 12, "window", "connects"),
        Block(row, start + 12, LENGTH, "after", "new tables, checked every 30 s"),
    )


PANELS = (
    Panel(
        "max_unavailable: 1, min_ready_seconds: 30",
        (
            Block(0, 0, 14, "try", "asks all"),
            Block(0, 14, 116, "before", "waits for one node after the other"),
            Block(0, 116, LENGTH, "after", "verified"),
            *_node(1, 14),
            *_node(2, 48),
            *_node(3, 82),
        ),
    ),
    Panel(
        "Rules that cut node 1 off from the API server",
        (
            Block(0, 0, 14, "try", "asks all"),
            Block(0, 14, 60, "before", "waits for node 1"),
            Block(0, 60, LENGTH, "bad", "rolls back the DaemonSet, and fails with the name of the node"),
            Block(1, 0, 14, "try", "dry run"),
            Block(1, 14, 48, "bad", "new tables, no new connection"),
            Block(1, 48, LENGTH, "before", "previous tables, rolled back by the node itself"),
            *(
                block
                for row in (2, 3)
                for block in (Block(row, 0, 14, "try", "dry run"), Block(row, 14, LENGTH, "before", "previous tables"))
            ),
        ),
    ),
)


def draw() -> list[str]:
    """The lines of the C(svg) element: a panel for each of C(PANELS), one above the other."""
    panel = HEADING + ROW * len(ROWS)
    width, height = NAMES + LENGTH * SECOND + 16, panel * len(PANELS) + 16
    drawn = [line for number, one in enumerate(PANELS) for line in _panel(one, panel * number)]
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" style="min-width: 40rem" '
        'role="img" aria-labelledby="rollout-title rollout-text">',
        f'<title id="rollout-title">{TITLE}</title>',
        f'<desc id="rollout-text">{TEXT}</desc>',
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="8" fill="#ffffff"/>',
        '<g font-family="sans-serif" font-size="12" fill="#1b2430">',
        *drawn,
        "</g>",
        "</svg>",
    ]


def _panel(panel: Panel, top: float) -> t.Iterator[str]:
    yield f'<text x="12" y="{top + 24:.0f}" font-weight="bold">{html.escape(panel.heading)}</text>'
    for number, name in enumerate(ROWS):
        yield f'<text x="12" y="{top + HEADING + ROW * number + 16:.0f}">{name}</text>'
    for block in panel.blocks:
        x, y = NAMES + block.start * SECOND, top + HEADING + ROW * block.row
        wide = (block.end - block.start) * SECOND
        fill, frame = COLOURS[block.kind]
        yield f'<rect x="{x:.0f}" y="{y:.0f}" width="{wide - 2:.0f}" height="{BAR:.0f}" rx="4" fill="{fill}" stroke="{frame}"/>'
        yield f'<text x="{x + wide / 2:.0f}" y="{y + 16:.0f}" text-anchor="middle">{html.escape(block.text)}</text>'


def fill(page: str) -> str:
    """The page with the picture that is made now; raises ValueError where one of its two marks is missing."""
    return between(page, BEGIN, END, [".. raw:: html", "", '   <div class="picture">', *(f"   {line}" for line in draw()), "   </div>"])


if __name__ == "__main__":
    sys.exit(main("tools.pages.rollout", lambda: {PATH: fill(PATH.read_text(encoding="utf-8"))}, __doc__))
