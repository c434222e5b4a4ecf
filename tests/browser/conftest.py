# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A browser for all tests, whose network is cut: what a page would fetch from elsewhere is noted and refused."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import typing as t

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright import sync_api

from tools.browser import browser

# Elements wider than the window, outside of regions that scroll by themselves; and text that its element cuts off.
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const scrolls = one => { for (; one && one !== document.body; one = one.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(one).overflowX)) return true; return false; };
  for (const one of document.body.querySelectorAll('*')) {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    if (!box.width || !box.height || style.visibility === 'hidden' || one.closest('svg') !== null && one.tagName !== 'svg') continue;
    if (box.right > width + 1 && box.left >= 0 && !scrolls(one)) found.push(`${one.tagName} ${one.className} to ${box.right}`);
    const cut = style.overflowX === 'hidden' && one.scrollWidth > one.clientWidth + 1 && one.innerText && box.width > 2;
    if (cut) found.push(`cut: ${one.tagName} ${one.className}`);
  }
  for (const one of document.querySelectorAll('svg text')) {
    const box = one.getBoundingClientRect(), around = one.ownerSVGElement.getBoundingClientRect();
    if (box.left < around.left - 1 || box.right > around.right + 1) found.push(`cut in a picture: ${one.textContent}`);
  }
  return found.slice(0, 5);
}"""


@dataclasses.dataclass
class View:
    """A page in a window. fetched: addresses that it asked for besides itself. noise: what it wrote to the console, and its dialogs."""

    page: sync_api.Page
    fetched: list[str]
    noise: list[str]

    def too_wide(self) -> list[str]:
        """Elements that do not fit into the window, or whose text is cut."""
        return self.page.evaluate(_TOO_WIDE)

    def violations(self) -> list[str]:
        """Of accessibility, as axe-core finds them: contrast, names, order of headings and the like."""
        found = Axe().run(self.page, options={"resultTypes": ["violations"]}).response["violations"]
        return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]


class Open(t.Protocol):
    def __call__(self, path: pathlib.Path, width: int = ..., scheme: str = ..., media: str = ...) -> t.ContextManager[View]: ...


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[sync_api.Browser]:
    program = browser(tmp_path_factory.mktemp("browser"))
    with sync_api.sync_playwright() as driver:
        # As root, in containers, Chromium has no sandbox of its own.
        started = driver.chromium.launch(executable_path=program.path, env=program.environment, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def window(chromium: sync_api.Browser) -> Open:
    """Opens a file; width in CSS pixels, scheme light or dark, media screen or print."""

    @contextlib.contextmanager
    def shown(path: pathlib.Path, width: int = 1280, scheme: str = "light", media: str = "screen") -> t.Iterator[View]:
        with chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=t.cast("t.Any", scheme), offline=True) as context:
            page = context.new_page()
            view = View(page, [], [])
            page.on("request", lambda one: None if one.url.startswith("file:") else view.fetched.append(one.url))
            page.on("console", lambda one: view.noise.append(one.text))
            page.on("dialog", lambda one: (view.noise.append(one.message), one.dismiss()))
            page.emulate_media(media=t.cast("t.Any", media))
            page.goto(path.as_uri())
            yield view

    return shown
