"""The gaps of a measured interruption as a picture. Without the package pygal there is none: the table has the same figures."""

from __future__ import annotations

import typing as t

from .interruption import Strip
from .text import plain

# Pixels; the browser scales the picture to its window.
_WIDTH, _ROW, _REST = 800, 44, 90
# Of the names, which stand next to the rows.
_LONGEST = 24


def chart(strips: t.Sequence[Strip]) -> str:
    """SVG markup that asks for nothing and runs nothing, and is the same for the same gaps; V('') where there are none, or without pygal."""
    if not any(strip.gaps for strip in strips):
        return ""
    try:
        import pygal
        import pygal.etree
        import pygal.style
    except ImportError:
        return ""
    last = max(at + seconds for strip in strips for at, seconds in strip.gaps)
    inks = ("foreground", "foreground_strong", "foreground_subtle", "guide_stroke_color", "major_guide_stroke_color")
    ink = dict.fromkeys(inks, "currentColor")
    clear = dict.fromkeys(("background", "plot_background"), "transparent")
    fonts = {"font_family": "inherit", "label_font_size": 13, "major_label_font_size": 13, "title_font_size": 13}
    style = pygal.style.Style(**ink, **clear, **fonts, colors=("#b3261e",) * len(strips), stroke_width="14", stroke_opacity="1")
    drawn = pygal.XY(
        style=style,
        js=(),
        width=_WIDTH,
        height=_ROW * len(strips) + _REST,
        margin_left=10,
        show_dots=False,
        show_legend=False,
        allow_interruptions=True,
        x_title="seconds since the change began",
        xrange=(0, max(10.0, 1.1 * last)),
        range=(0.5, len(strips) + 0.5),
        # The first target is at the top.
        y_labels=[{"value": len(strips) - place, "label": plain(strip.name)[:_LONGEST]} for place, strip in enumerate(strips)],
        title=None,
    )
    drawn.uuid = "interruption"
    for place, strip in enumerate(strips):
        row = len(strips) - place
        # A series is one line, which is interrupted where a value is missing.
        drawn.add("", [point for at, seconds in strip.gaps for point in ((at, row), (at + seconds, row), (None, None))])
    return _harmless(drawn.render_tree(), pygal.etree.etree)


def _harmless(tree: t.Any, etree: t.Any) -> str:
    """Without the scripts, the links and the dated comments that pygal writes into each picture."""
    for parent in list(tree.iter()):
        for child in list(parent):
            tag = child.tag if isinstance(child.tag, str) else ""
            if not tag or tag.rpartition("}")[2] in ("script", "title", "desc"):
                parent.remove(child)
    written = etree.tostring(tree)
    return written.decode("utf-8") if isinstance(written, bytes) else str(written)
