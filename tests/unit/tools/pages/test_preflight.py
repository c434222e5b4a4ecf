# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documented rules are those of the code."""

from __future__ import annotations

from tools.pages.preflight import PATH, text


def test_the_page_is_what_the_rules_say() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run: python -m tools.pages.preflight"
