# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records of 0.1.0: they are read whole, an interrupted run is continued, what was there before can be declared again."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import RunRecord
from ansible_collections.aks.dataplane.plugins.module_utils._record.store import Store

from tests.support.modules import run_module
from tests.support.old_records import RECORDS, RUNS, declared_before, old_record, put_back

IPVS = {"scheduler": "LeastConnection", "tcpTimeoutSeconds": 900, "tcpFinTimeoutSeconds": 120, "udpTimeoutSeconds": 300}
IPTABLES = {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPTABLES"}}}


def read(run: str) -> RunRecord:
    record = old_record(run)
    (found,) = Store(str(RECORDS / run), record["resource_group"], record["cluster"]).newest_first()
    return found


@pytest.mark.parametrize("run", RUNS)
def test_nothing_of_a_record_is_lost(run: str) -> None:
    record = old_record(run)
    reported = read(run).to_dict()
    assert {key: reported[key] for key in record if key != "schema"} == {key: value for key, value in record.items() if key != "schema"}


def test_every_way_for_a_run_to_end_is_among_them() -> None:
    verdicts = {"switched", "unchanged", "unverified", "refused", "rolled_back", "rollback_failed", "failed", None}
    assert {old_record(run)["verdict"] for run in RUNS} == verdicts


@pytest.mark.parametrize(
    ("run", "wanted"),
    [("kube-proxy-interrupted", {"mode": "NFTABLES"}), ("host-routing-interrupted", {"host_routing": "enabled"})],
)
def test_an_interrupted_run_is_continued(run: str, wanted: dict[str, str], tmp_path: pathlib.Path) -> None:
    record = old_record(run)
    put_back(run, tmp_path)
    where = {"record_dir": str(tmp_path), "resource_group": record["resource_group"], "name": record["cluster"]}

    begun = run_module("aks_run_record", {**where, "event": "opened", **wanted})
    switch = {"event": "phase", "run_id": begun["run_id"], "phase": "switch", "subscription_id": record["subscription"]}
    noted = run_module("aks_run_record", {**where, **switch, "before": record["after"]})

    assert begun["interrupted"]["run_id"] == record["run_id"]
    assert noted["record"]["continues"] == record["run_id"]
    assert noted["record"]["before"] == record["before"], "not what the interrupted run has left"
    assert noted["record"]["switch_began"] == record["switch_began"]


@pytest.mark.parametrize("run", [run for run in RUNS if "interrupted" not in run])
def test_a_run_that_has_ended_is_not_continued(run: str, tmp_path: pathlib.Path) -> None:
    record = old_record(run)
    put_back(run, tmp_path)
    where = {"record_dir": str(tmp_path), "resource_group": record["resource_group"], "name": record["cluster"]}
    wanted = {"host_routing": "enabled"} if record["subject"] == "host_routing" else record["wanted"]
    begun = run_module("aks_run_record", {**where, "event": "opened", **wanted})
    assert begun["interrupted"] is None
    assert begun["record"]["before"] is None


@pytest.mark.parametrize(
    ("run", "declared"),
    [
        ("kube-proxy-switched", IPTABLES),
        ("kube-proxy-to-ipvs", IPTABLES),
        ("kube-proxy-from-ipvs", {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "IPVS", "ipvsConfig": IPVS}}}),
        ("kube-proxy-left", IPTABLES),
        ("kube-proxy-rollback-failed", IPTABLES),
        ("kube-proxy-interrupted", IPTABLES),
        ("kube-proxy-unverified", {"aks_dataplane_kube_proxy": {"config": {"enabled": True, "mode": "NFTABLES"}}}),
        ("host-routing-switched", {"aks_dataplane_host_routing": "disabled"}),
        ("host-routing-interrupted", {"aks_dataplane_host_routing": "disabled"}),
    ],
)
def test_what_was_there_before_can_be_declared(run: str, declared: dict[str, object]) -> None:
    assert declared_before(old_record(run)) == declared
