# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where lines for a person go, and what a task that fails returns."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.plugin_utils._shown import FailedOnce, is_document


@pytest.mark.parametrize(
    ("callback", "document"),
    [
        ("default", False),
        ("minimal", False),
        ("oneline", False),
        ("yaml", False),
        ("community.general.yaml", False),
        ("awx_display", False),
        ("json", True),
        ("ansible.posix.json", True),
        ("ansible.posix.jsonl", True),
    ],
)
def test_a_document_is_not_mixed_with_lines(callback: str, document: bool) -> None:
    assert is_document(callback) is document


def test_a_failure_is_its_result_alone() -> None:
    failed = FailedOnce({"failed": True, "msg": "No.", "error": {"code": "X"}, "exception": "a traceback"})
    assert failed.shown == {"failed": True, "msg": "No.", "error": {"code": "X"}}
    assert dict(failed.result) == {"failed": True, "msg": "No.", "error": {"code": "X"}}
