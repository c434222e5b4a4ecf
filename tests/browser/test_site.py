# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built site: whole, without a dead link inside, with nothing that a browser would fetch from elsewhere, and readable in each window."""

from __future__ import annotations

import html.parser
import pathlib
import re
import subprocess
import sys
import typing as t
import urllib.parse

import pytest

from tests.browser.conftest import Open
from tests.support.simulator import ROOT

# Attributes that a browser follows by itself, by element.
FETCHED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
# Links that say where something is, and are not fetched.
NOT_FETCHED = {"author", "canonical", "next", "prev", "search"}
IN_STYLES = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")


class Page(html.parser.HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values[name] for name in ("id", "name") if values.get(name)}
        if tag == "a" and values.get("href"):
            self.links.append(values["href"])
        if tag in FETCHED and FETCHED[tag] in values and values.get("rel", "") not in NOT_FETCHED:
            self.fetched.append(values[FETCHED[tag]])
        self.fetched += [first or second for first, second in IN_STYLES.findall(values.get("style", ""))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    output = tmp_path_factory.mktemp("site") / "html"
    done = subprocess.run([sys.executable, ROOT / "tools" / "docs.py", output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


@pytest.fixture(scope="module")
def pages(site: pathlib.Path) -> dict[pathlib.Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_page_is_there(site: pathlib.Path) -> None:
    sources = {path.stem for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst")}
    modules = {f"{path.stem}_module" for path in (ROOT / "plugins" / "modules").glob("*.py")}
    roles = {f"{path.name}_role" for path in (ROOT / "roles").iterdir()}
    built = {path.stem for path in site.rglob("*.html")}
    assert (sources | modules | roles | {"index", "search"}) - built == set()


def test_every_module_and_role_is_described_in_the_index(site: pathlib.Path) -> None:
    assert re.findall(r"\S+</a> --\s*</p>", (site / "collections" / "index.html").read_text(encoding="utf-8")) == []


def test_a_browser_fetches_nothing_from_elsewhere(site: pathlib.Path, pages: dict[pathlib.Path, Page]) -> None:
    styles = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.css")}
    named = [(path, address) for path, page in pages.items() for address in page.fetched]
    named += [(path, first or second) for path, text in styles.items() for first, second in IN_STYLES.findall(text)]
    outside = [(path.name, address) for path, address in named if urllib.parse.urlsplit(address).netloc]
    assert outside == []
    absent = [
        (path.name, address) for path, address in named if not address.startswith("data:") and not (path.parent / file_of(address)).exists()
    ]
    assert absent == []


def test_every_link_inside_leads_somewhere(pages: dict[pathlib.Path, Page]) -> None:
    assert list(dead(pages)) == []


def dead(pages: t.Mapping[pathlib.Path, Page]) -> t.Iterator[tuple[str, str]]:
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / file_of(link)).resolve() if parts.path else path
            fragment = urllib.parse.unquote(parts.fragment)
            if not target.exists() or (fragment and target in pages and fragment not in pages[target].ids):
                yield path.name, link


def file_of(address: str) -> str:
    return urllib.parse.unquote(urllib.parse.urlsplit(address).path)


def of_reader(site: pathlib.Path) -> list[pathlib.Path]:
    """The pages that people write, and one of each kind that is generated."""
    collection = site / "collections"
    generated = ("index", "aks_kube_proxy_module", "aks_nodes_inventory", "to_nft_filter", "switchover_role", "environment_variables")
    return [site / "index.html", *sorted((collection / "docsite").glob("*.html")), *(collection / f"{name}.html" for name in generated)]


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_cut_at_any_width(window: Open, site: pathlib.Path, width: int) -> None:
    found = {}
    for path in of_reader(site):
        with window(path, width) as view:
            found[path.name] = [one for one in view.too_wide() if "wy-nav-side" not in one]
            assert view.fetched == []
    assert {name: one for name, one in found.items() if one} == {}


# Of the theme, not of a page: where its logo and its captions stand.
THEME = ("aria-required-attr", "landmark-unique", "region")


def test_contrast_and_names(window: Open, site: pathlib.Path) -> None:
    found = {}
    # Of the pages that people write, each second one: they are all made of the same parts.
    for path in of_reader(site)[::2]:
        with window(path) as view:
            found[path.name] = [one for one in view.violations() if not one.startswith(THEME)]
    assert {name: one for name, one in found.items() if one} == {}


@pytest.mark.parametrize(
    ("term", "page"),
    [
        ("downtime", "explanation_switch"),
        ("rollback", "guide_going_back"),
        ("private cluster", "guide_disconnected"),
        ("IPVS", "explanation_why"),
        ("kubelogin", "guide_real_cluster"),
    ],
)
def test_the_search_finds(window: Open, site: pathlib.Path, term: str, page: str) -> None:
    with window(site / "search.html") as view:
        view.page.goto(f"{(site / 'search.html').as_uri()}?q={urllib.parse.quote(term)}")
        # One result after the other is shown; in the end there is a summary.
        view.page.wait_for_function(
            "/\\d/.test(document.querySelector('#search-results .search-summary')?.innerText ?? '')", timeout=120_000
        )
        links = view.page.eval_on_selector_all("#search-results li a", "found => found.map(one => one.getAttribute('href'))")
    assert any(page in link for link in links), links[:10]


def test_a_command_can_be_copied(window: Open, site: pathlib.Path) -> None:
    with window(site / "collections" / "docsite" / "tutorial.html") as view:
        assert view.page.locator("div.highlight-shell button.copybtn").count() > 3
        assert view.page.locator("div.highlight-output button.copybtn").count() == 0
