"""Text in columns: what is too wide for its column goes on in the next line."""

from __future__ import annotations

import textwrap
import typing as t

GAP = "  "


def lay_out(rows: t.Sequence[t.Sequence[str]], widths: t.Sequence[int]) -> list[str]:
    """Lines without trailing blanks. widths: the most that each column may have; it gets no more than it needs. The first row is the heading."""
    used = [min(width, max(len(row[number]) for row in rows)) for number, width in enumerate(widths)]
    lines = [line for row in rows for line in _lines(row, used)]
    heading = len(_lines(rows[0], used))
    return [*lines[:heading], GAP.join("-" * width for width in used), *lines[heading:]]


def _lines(row: t.Sequence[str], widths: t.Sequence[int]) -> list[str]:
    cells = [textwrap.wrap(row[number], width, break_on_hyphens=False) for number, width in enumerate(widths)]
    height = max(map(len, cells))
    return [
        GAP.join((cell[line] if line < len(cell) else "").ljust(widths[number]) for number, cell in enumerate(cells)).rstrip()
        for line in range(height)
    ]
