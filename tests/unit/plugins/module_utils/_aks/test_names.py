# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.names import canonical


@pytest.mark.parametrize(
    ("text", "reported"),
    [("BpfVeth", "BpfVeth"), ("bPFVETH", "BpfVeth"), ("none", "None"), ("Other", "Other"), ("", None), (None, None), (3, None), ({}, None)],
    ids=str,
)
def test_a_name_is_spelled_as_here(text: t.Any, reported: str | None) -> None:
    assert canonical(text, ("BpfVeth", "None")) == reported
