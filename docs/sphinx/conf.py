# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Sphinx makes the site: offline, with nothing that a browser would fetch from elsewhere. See tools/docs.py."""

from __future__ import annotations

import typing as t

project = "aks.dataplane"
author = "The aks.dataplane authors"
copyright = "2026, the aks.dataplane authors"  # noqa: A001  Sphinx wants this name
title = "aks.dataplane"
html_title = "aks.dataplane"
html_short_title = "aks.dataplane"

extensions = ["sphinx_antsibull_ext", "sphinx_copybutton"]
# What a page shows of a run is not for copying.
copybutton_selector = (
    "div.highlight-shell pre, div.highlight-yaml pre, div.highlight-ini pre, div.highlight-nft pre, div.highlight-text pre"
)
pygments_style = "ansible"
highlight_language = "yaml+jinja"
default_role = "any"

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    # Neither search elsewhere, nor the shop window of docs.ansible.com.
    "topbar_links": {},
    "show_extranav": False,
    "show_rtd_ethical_ads": False,
    "collapse_navigation": False,
    "navigation_depth": 2,
    "titles_only": True,
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_use_index = False
html_copy_source = False
html_show_sourcelink = False
smartquotes = False

# Pages of Ansible's own documentation that antsibull-docs refers to.
ANSIBLE = ("action_plugins", "ansible_configuration_settings", "common_return_values")


def elsewhere(_app: t.Any, _env: t.Any, node: t.Any, content: t.Any) -> t.Any:
    """What the documentation of Ansible has is not looked up there: its name is shown without a link."""
    target = node.get("reftarget", "")
    return content if target in ANSIBLE or target.startswith("ansible_collections.ansible.") else None


def lead_home(app: t.Any, _name: str, _template: str, context: dict[str, t.Any], _tree: t.Any) -> None:
    """The theme's link at the top is the same on every page, wherever that is; make it lead to the first page of this site."""
    context["theme_documentation_home_url"] = context["pathto"](app.config.root_doc)


def reach_code(_app: t.Any, _name: str, _template: str, context: dict[str, t.Any], _tree: t.Any) -> None:
    """Code and pictures scroll by themselves, so the keyboard has to reach them. What the generator calls a role is an attribute of another name."""
    if context.get("body"):
        body = context["body"].replace("<pre>", '<pre tabindex="0">').replace('<a aria-role="button"', "<a")
        context["body"] = body.replace('<div class="picture docutils container">', '<div class="picture docutils container" tabindex="0">')


def setup(app: t.Any) -> None:
    app.connect("html-page-context", lead_home)
    app.connect("html-page-context", reach_code)
    app.connect("missing-reference", elsewhere)
