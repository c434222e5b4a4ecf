# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._arm.transient import TRANSIENT_STATUSES, is_transient, may_have_arrived
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


@pytest.mark.parametrize("status", [520, 524, 599])
def test_statuses_that_only_gateways_have_pass(status: int) -> None:
    assert is_transient(ArmError("No.", code="Refused", details={"status": status}))


@pytest.mark.parametrize(("status", "may"), [(400, False), (403, False), (409, False), (412, False), (429, False), (302, False)])
def test_a_refused_change_has_not_arrived(status: int, may: bool) -> None:
    assert may_have_arrived(ArmError("No.", code="Refused", details={"status": status})) is may


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504, 505, 520, 524, 599])
def test_a_change_with_such_an_answer_may_have_arrived(status: int) -> None:
    assert may_have_arrived(ArmError("No.", code="Refused", details={"status": status}))


@pytest.mark.parametrize(
    ("code", "may"),
    [("NoAnswer", True), ("Timeout", True), ("BadAnswer", True), ("TlsFailure", True), ("HostUnreachable", False), ("ProxyFailure", False)],
)
def test_without_an_answer_it_may_have_when_it_was_sent(code: str, may: bool) -> None:
    assert may_have_arrived(ArmError("No.", code=code)) is may


def test_azure_core_tries_again_after_each_of_them() -> None:
    """Ours is a selection of what its pipeline retries; one that it does not know would never be tried again."""
    assert set(RetryPolicy()._retry_on_status_codes) >= TRANSIENT_STATUSES
