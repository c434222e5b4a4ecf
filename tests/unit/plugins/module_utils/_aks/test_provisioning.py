# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks import provisioning


@pytest.mark.parametrize(
    "state",
    [
        "Updating",
        "updating",
        "UPDATING",
        "Creating",
        "Upgrading",
        "Deleting",
        "Starting",
        "Stopping",
        "Scaling",
        "Migrating",
        "RotatingClusterCertificates",
        "UpgradingNodeImageVersion",
        "RotatingServiceAccountKeys",
        "ReconcilingClusterETCDCertificates",
        "AbortingZones",
        "ZoningAll",
        "Zigzagging",
        "SYNCHRONIZING",
        "Reticulating",
    ],
)
def test_states_that_are_work(state: str) -> None:
    assert provisioning.is_working(state)
    assert provisioning.busy_with({"properties": {"provisioningState": state}}) == state


@pytest.mark.parametrize(
    "state",
    ["Succeeded", "succeeded", "Failed", "Canceled", "Running", "running", "RUNNING", "", "Unknown", "Ingress", "Updating1", "2Updating"],
)
def test_states_that_are_not(state: str) -> None:
    assert not provisioning.is_working(state)
    assert provisioning.busy_with({"properties": {"provisioningState": state}}) is None


def test_a_pool_at_work_makes_the_cluster_busy() -> None:
    pools = [{"provisioningState": "Succeeded"}, {"provisioningState": "Scaling"}, {}]
    assert provisioning.busy_with({"properties": {"provisioningState": "Succeeded", "agentPoolProfiles": pools}}) == "Scaling"
    assert provisioning.busy_with({"properties": {"agentPoolProfiles": None}}) is None


@pytest.mark.parametrize(
    ("state", "failed"),
    [
        *((state, True) for state in ("Failed", "failed", "Canceled", "canceled", "Cancelled")),
        *((state, False) for state in ("Succeeded", "Updating", "Running", "Unknown", "", None)),
    ],
)
def test_failed_states(state: str | None, failed: bool) -> None:
    assert provisioning.has_failed({"properties": {"provisioningState": state}}) is failed


@pytest.mark.parametrize(
    ("properties", "stopped"),
    [
        ({"powerState": {"code": "Stopped"}}, True),
        ({"powerState": {"code": "stopped"}}, True),
        ({"powerState": {"code": "Running"}}, False),
        ({}, False),
    ],
)
def test_the_power_state(properties: dict[str, t.Any], stopped: bool) -> None:
    assert provisioning.is_stopped({"properties": properties}) is stopped


@pytest.mark.parametrize(
    ("status", "reported"),
    [
        ({"provisioningError": {"error": {"code": "QuotaExceeded", "message": "No cores left."}}}, "QuotaExceeded: No cores left."),
        ({"provisioningError": {"message": "No cores left."}}, "No cores left."),
        ({}, ""),
        (None, ""),
    ],
)
def test_why_the_last_operation_failed(status: t.Any, reported: str) -> None:
    assert provisioning.failure_message({"properties": {"status": status}}) == reported


@pytest.mark.parametrize(
    ("state", "deleting"), [("Deleting", True), ("deleting", True), ("Updating", False), ("Deleted", False), (None, False)]
)
def test_a_cluster_that_is_being_deleted(state: str | None, deleting: bool) -> None:
    assert provisioning.is_deleting({"properties": {"provisioningState": state}}) is deleting


def test_a_state_that_is_not_reported_is_a_good_one() -> None:
    assert provisioning.provisioning_state({}) == "Succeeded"
    assert provisioning.provisioning_state({"properties": {"provisioningState": None}}) == "Succeeded"
    assert provisioning.provisioning_state({"properties": {"provisioningState": "Failed"}}) == "Failed"
