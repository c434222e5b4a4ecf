# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages about run records as a browser shows them: nothing cut, nothing fetched, nothing run, readable and reachable by keyboard."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._interruption import summary
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.judgement import Measured, Times
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.targets import read_targets
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.tries import OK, REFUSED, Try
from ansible_collections.aks.dataplane.plugins.module_utils._report.writer import write_report

from tests.browser.conftest import Open
from tests.support.old_records import RUNS, filled, old_record
from tools.pages.report import stale

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> {{ 7 * 7 }} [x](javascript:alert(3)) \" ' " + "y" * 10_000
WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pathlib.Path]:
    """Of each run that 0.1.0 has recorded, of one that says nothing but markup, and of the fleet; by name."""
    folder = tmp_path_factory.mktemp("records")
    hostile = filled(old_record("kube-proxy-rolled-back"), HOSTILE)
    measured = {**old_record("kube-proxy-switched"), "interruption": interruption()}
    for name, record in {**{run: old_record(run) for run in RUNS}, "hostile": hostile, "measured": measured}.items():
        (folder / f"{name}.json").write_text(json.dumps({**record, "run_id": name}), encoding="utf-8")
    write_report([str(folder)], None)
    return {**{name: folder / f"{name}.html" for name in NAMES[:-1]}, "fleet": folder / "index.html"}


def interruption() -> dict[str, t.Any]:
    """Of a probe with two targets, one of which was over its limit."""
    tries = [Try(0.1 * number, 0.01, REFUSED if 700 <= number < 760 else OK) for number in range(2500)]
    targets = read_targets(
        [{"name": "web", "tcp": "203.0.113.7:443", "max_gap": 5}, {"name": "a name that is rather long for a picture", "url": "http://x/"}]
    )
    measured = [Measured(tuple(one), (), 60.0, 250.0) for one in (tries, tries[:700] + tries[730:])]
    return summary.interruption(targets, measured, Times(), "stop", "2026-11-29T01:00:00.000Z")


NAMES = (*RUNS, "hostile", "measured", "fleet")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_at_any_width_nor_in_print(window: Open, pages: dict[str, pathlib.Path], name: str) -> None:
    for width in WIDTHS:
        with window(pages[name], width) as view:
            assert view.too_wide() == [], width
    # A4 with its margins.
    with window(pages[name], 718, media="print") as view:
        assert view.too_wide() == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_names_and_order(window: Open, pages: dict[str, pathlib.Path], name: str, scheme: str) -> None:
    with window(pages[name], 768, scheme) as view:
        assert view.violations() == []


@pytest.mark.parametrize("name", ["hostile", "kube-proxy-switched", "measured", "fleet"])
def test_a_page_asks_for_nothing_and_runs_nothing(window: Open, pages: dict[str, pathlib.Path], name: str) -> None:
    with window(pages[name]) as view:
        assert (view.fetched, view.noise) == ([], [])
        assert view.page.locator("script, img, iframe, form").count() == 0


def test_the_first_screen_says_how_it_ended(window: Open, pages: dict[str, pathlib.Path]) -> None:
    with window(pages["kube-proxy-rolled-back"], 360) as view:
        for text in ("Failed and rolled back: the previous configuration is restored", "aks-a", "Operator"):
            box = t.cast("t.Any", view.page.get_by_text(text).first.bounding_box())
            assert box["y"] + box["height"] < 900, text


def test_the_keyboard_reaches_tables_and_links(window: Open, pages: dict[str, pathlib.Path]) -> None:
    with window(pages["kube-proxy-rolled-back"], 360) as view:
        view.page.keyboard.press("Tab")
        assert view.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        seen = set()
        for _step in range(30):
            view.page.keyboard.press("Tab")
            seen.add(view.page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert {"Change", "Nodes", "Timeline"} <= seen


def test_the_gaps_are_drawn(window: Open, pages: dict[str, pathlib.Path]) -> None:
    with window(pages["measured"]) as view:
        assert view.page.locator("svg path.reactive").count() == 2
        assert view.page.get_by_text("over the limit").count() == 1


def test_the_report_of_the_documentation_and_its_picture_are_what_is_made_now() -> None:
    """From the record of a real run that is kept next to it."""
    assert stale() == [], "run: python -m tools.pages.report"
