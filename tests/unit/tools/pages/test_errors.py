# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of error codes has every code."""

from __future__ import annotations

from tools.pages.errors import OWN, PATH, raised_codes, text


def test_every_code_of_the_collection_is_described_once() -> None:
    described = [code for codes in OWN.values() for code in codes]
    assert sorted(described) == sorted(raised_codes())


def test_the_page_is_what_the_code_says() -> None:
    assert PATH.read_text(encoding="utf-8") == text(), "run: python -m tools.pages.errors"
