# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of the gaps: the same for the same gaps, without scripts, links and dates, and left out where it cannot be drawn."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._report.chart import chart
from ansible_collections.aks.dataplane.plugins.module_utils._report.interruption import Strip

STRIPS = (Strip("web", ((3.0, 5.2), (20.0, 0.4))), Strip('<b onclick="x">&', ()))


def test_a_row_for_each_target_and_a_line_for_each_gap() -> None:
    pytest.importorskip("pygal")
    text = chart(STRIPS)
    tree = ET.fromstring(text)
    names = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"web", '<b onclick="x">&', "seconds since the change began"} <= set(names)
    lines = [one.get("d", "") for one in tree.iter("{http://www.w3.org/2000/svg}path") if "reactive" in one.get("class", "")]
    assert sum(line.count("M") for line in lines) == 2
    assert text == chart(STRIPS)


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    pytest.importorskip("pygal")
    text = chart(STRIPS)
    assert not [word for word in ("<script", "<!--", "href", "url(", "@import", "<b ") if word in text]
    assert "http" not in text.replace("http://www.w3.org/", "")


@pytest.mark.parametrize("strips", [(), (Strip("web", ()),)])
def test_nothing_is_drawn_where_nothing_was_interrupted(strips: tuple[Strip, ...]) -> None:
    assert chart(strips) == ""


def test_without_the_package_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygal", None)
    assert chart(STRIPS) == ""
