# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever users of 0.1.0 write down or read still works: all of tests/fixtures/public_names.json, which is never made anew.

A name that another one replaces is declared in tests/fixtures/renamed_names.yml, and goes on working. That these checks find what is wrong is shown with
a made-up collection in tests/unit/tools.
"""

from __future__ import annotations

import pathlib

import pytest

from tests.support.old_records import RUNS, old_record, replay
from tools.public_names.collect import public_names
from tools.public_names.compare import broken_names
from tools.public_names.model import Names, from_json
from tools.public_names.records import record_names
from tools.public_names.renames import incomplete, load

ROOT = pathlib.Path(__file__).parents[2]
RECORDED = from_json((ROOT / "tests" / "fixtures" / "public_names.json").read_text(encoding="utf-8"))
RENAMES = load(ROOT / "tests" / "fixtures" / "renamed_names.yml")


@pytest.fixture(scope="module")
def written_today(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Records that the collection writes today of the runs of 0.1.0."""
    folder = tmp_path_factory.mktemp("records")
    for run in RUNS:
        replay(old_record(run), folder / run)
    return folder


@pytest.fixture(scope="module")
def now(written_today: pathlib.Path) -> Names:
    return public_names(ROOT, written_today)


def test_every_public_name_of_0_1_0_still_works(now: Names) -> None:
    assert broken_names(RECORDED, now, RENAMES) == []


def test_every_name_that_was_replaced_leads_to_the_new_one_and_users_are_reported(now: Names) -> None:
    assert [complaint for rename in RENAMES for complaint in incomplete(ROOT, now, rename)] == []
    assert all(rename.old in RECORDED[rename.kind] for rename in RENAMES), "only what was there before needs this"


def test_pages_of_modules_do_not_begin_with_internal_options(now: Names) -> None:
    """Documentation sorts options by name, and an underscore comes before letters."""
    assert [name for name in now["module_options"] if name.partition(".")[2].startswith("_")] == []


def test_a_record_of_today_has_the_keys_and_values_of_one_of_0_1_0(written_today: pathlib.Path) -> None:
    for run in RUNS:
        then = record_names(ROOT / "tests" / "fixtures" / "records" / "0.1.0" / run)
        assert broken_names({"record": then}, {"record": record_names(written_today / run)}, []) == [], run


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("modules", "aks_kube_proxy", ""),
        ("action_plugins", "node_nftables_ruleset", ""),
        ("action_groups", "azure", "aks_preflight"),
        ("module_options", "aks_kube_proxy.ipvs_config.scheduler", "RoundRobin"),
        ("module_options", "aks_preflight.client_id", ""),
        ("module_returns", "aks_ebpf_host_routing.plan.disruption", "reimage"),
        ("module_returns", "aks_dataplane_status.host_routing.nodes.agent.routing", ""),
        ("filters", "to_nft", ""),
        ("inventory_options", "aks_clusters.exclude_host_filters", ""),
        ("inventory_fragments", "aks_clusters.constructed", ""),
        ("inventory_variables", "aks_pools.os_sku", ""),
        ("inventory_groups", "host_routing_enabled", ""),
        ("playbook_groups", "aks_nodes", ""),
        ("role_options", "switchover.main.aks_dataplane_kube_proxy.mode", "NFTABLES"),
        ("role_entry_points", "run_record.way_back", ""),
        ("variables", "aks_dataplane_max_fail_percentage", ""),
        ("playbooks", "go_back", ""),
        ("statistics", "aks_dataplane_verdicts", "not_proved"),
        ("statistics", "aks_dataplane_audit", "in_effect"),
        ("statistics", "aks_dataplane_ruleset", "repaired"),
        ("verdicts", "rollback_failed", ""),
        ("record", "before.ipvs_config.tcp_timeout_seconds", ""),
        ("record", "phases.status", "skipped"),
        ("record", "rollback", "not_needed"),
        ("error_codes", "NoWayBack", ""),
        ("rules", "KP24", ""),
        ("awx_objects", "templates.AKS go back", ""),
        ("awx_settings", "aks_dataplane_awx_image", ""),
        ("awx_surveys", "AKS kube-proxy.aks_dataplane_kube_proxy_mode", "IPVS"),
        ("awx_workflow_nodes", "AKS eBPF host routing.approval", ""),
        ("awx_credential_fields", "Azure workload identity.token_file", ""),
    ],
)
def test_the_record_has_names_of_every_kind(kind: str, name: str, value: str) -> None:
    assert name in RECORDED[kind]
    assert value in ("", *RECORDED[kind][name].values)
