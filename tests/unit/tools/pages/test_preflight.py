# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented rules are those of the code."""

from __future__ import annotations

from ansible_collections.aks.dataplane.plugins.module_utils._dataplane import registry

from tools.pages.preflight import PATH, SOURCE_NAMES, source_name, text


def test_the_page_is_what_the_rules_say() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run: python -m tools.pages.preflight"


def test_sources_have_names_and_no_name_is_left_over() -> None:
    addresses = {source for plane in registry.data_planes() for rule in plane.preflight.rules for source in rule.sources}
    assert SOURCE_NAMES.keys() <= addresses
    assert len({source_name(one) for one in addresses}) == len(addresses)
