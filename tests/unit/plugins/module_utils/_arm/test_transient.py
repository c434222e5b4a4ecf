# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import TRANSIENT_STATUSES, is_transient
from azure.core.pipeline.policies import RetryPolicy


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 501])
def test_a_refusal_does_not_pass_by_itself(status: int) -> None:
    assert not is_transient(ArmError("No.", code="Refused", details={"status": status}))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_throttling_and_outages_do(status: int) -> None:
    assert is_transient(ArmError("No.", code="Refused", details={"status": status}))


@pytest.mark.parametrize(("code", "passes"), [("Timeout", True), ("NoAnswer", True), ("TlsFailure", False), ("ProxyFailure", False)])
def test_without_an_answer_its_cause_decides(code: str, passes: bool) -> None:
    assert is_transient(ArmError("No.", code=code)) is passes


def test_azure_core_tries_again_after_each_of_them() -> None:
    """Ours is a selection of what its pipeline retries; one that it does not know would never be tried again."""
    assert set(RetryPolicy()._retry_on_status_codes) >= TRANSIENT_STATUSES
