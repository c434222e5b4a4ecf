# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook where all goes well, where there is nothing to do, and where it stops before anything is changed."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.fleet import NFTABLES, Fleet, phases_of
from tests.support.playbooks import PlaybookRun
from tests.support.simulator import Simulator

IPTABLES_BEFORE = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES_AFTER = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path) -> Fleet:
    return Fleet(simulator, tmp_path / "runs", ("aks-a", "aks-b"))


@pytest.mark.slow
def test_two_clusters_one_after_the_other_and_again(fleet: Fleet) -> None:
    fleet.simulator.reset(feature=False)
    fleet.simulator.clear_log()

    run = fleet.run(aks_dataplane_serial=1)

    assert run.returncode == 0, run.stdout + run.stderr
    puts = [path for method, path in fleet.writes() if method == "PUT"]
    assert puts == ["aks-a", "aks-b"]
    assert [path for method, path in fleet.writes() if method == "POST"] == ["register", "register"], "feature and provider, once"
    for cluster in ("aks-a", "aks-b"):
        assert fleet.modes(cluster) == {"nftables"}
        (record,) = fleet.records(cluster)
        assert record["verdict"] == "switched"
        assert record["subject"] == "kube_proxy"
        assert (record["before"], record["wanted"], record["after"]) == (IPTABLES_BEFORE, NFTABLES, NFTABLES_AFTER)
        assert list(phases_of(record).items()) == [
            (name, "done") for name in ("feature_registration", "preflight", "switch", "rollout", "verification")
        ]
        assert "KP20" in {finding["id"] for finding in record["findings"]}
        unchecked = {finding["id"] for finding in record["findings"] if finding["not_checked"]}
        assert not unchecked & {"KP16", "KP17", "KP18", "KP19", "KP22"}, "the nodes were looked at"
        assert [(node["state"], node["mode"]) for node in record["nodes"]] == [("wanted", "nftables")] * 3
        assert (record["rollback"], record["continues"]) == (None, None)
        # Without a probe, what the metrics say.
        assert [*record["interruption"]] == ["nodes"]
        assert [one["name"] for one in record["interruption"]["nodes"]] == [node["name"] for node in record["nodes"]]
        assert all(0 <= one["seconds"] < 60 for one in record["interruption"]["nodes"])
        assert record["subscription"] == fleet.simulator.subscription_id
        assert f"{cluster}: switched, and verified on 3 of 3 nodes (leftovers: none on 3 nodes)." in run.stdout
        assert f"{record['run_id']}.json" in run.stdout
        looks = [result for result in run.results(action="aks_dataplane_status_info", host=cluster) if "verdict" in result]
        assert len(looks) == 2, "one before the change; and what the wait saw last is the verification"
    assert "aks-a | Updating" in run.stderr
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "switched", "aks-b": "switched"}

    fleet.simulator.clear_log()
    again = fleet.run(arguments=["--limit", "aks-a"])

    assert again.returncode == 0, again.stdout + again.stderr
    assert again.stats["aks-a"]["changed"] == 0
    assert fleet.writes() == []
    assert [record["verdict"] for record in fleet.records()] == ["switched", "unchanged"]


def test_check_mode_plans_and_changes_nothing(fleet: Fleet) -> None:
    fleet.simulator.reset(feature=False)
    fleet.simulator.clear_log()

    run = fleet.run(check=True, payloads=True, arguments=["--limit", "aks-a"])

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.writes() == []
    assert not fleet.record_dir.exists()
    assert list(run.stats) == ["aks-a"]
    assert run.stats["aks-a"]["changed"] == 2, "the feature and the cluster"
    assert "aks-a |   - IPTABLES\naks-a |   + NFTABLES\n" in run.stdout
    assert "verification is skipped in check mode" in run.stdout
    assert run.results(action="aks_preflight_info")[0]["passed"] is True
    assert run.custom["_run"]["aks_dataplane_verdicts"] == {"aks-a": "planned"}


def messages(run: PlaybookRun, action: str) -> dict[str, str]:
    return {
        event["host"]: event["result"].get("msg", "")
        for event in run.events
        if event["status"] == "failed" and event["action"].endswith(action)
    }


def test_wrong_variables_stop_all_clusters_before_any_request(fleet: Fleet) -> None:
    wrong = {
        "mode": ({"mode": "EBPF"}, "value of mode must be one of: IPTABLES, IPVS, NFTABLES, got: EBPF"),
        "scheduler": ({"mode": "IPVS", "ipvs_config": {"scheduler": "WeightedRoundRobin"}}, "LeastConnection, RoundRobin"),
        "not-a-dict": ("NFTABLES", "aks_dataplane_kube_proxy"),
    }
    fleet.hosts = {host: {"aks_dataplane_kube_proxy": config} for host, (config, _message) in wrong.items()}
    fleet.hosts["right"] = {}
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert not fleet.record_dir.exists()
    reported = messages(run, "aks_run_record")
    assert set(reported) == set(wrong)
    for host, (_config, message) in wrong.items():
        assert message in reported[host]


def test_what_is_not_declared_for_this_playbook_stops_all_clusters_before_any_request(fleet: Fleet) -> None:
    del fleet.variables["aks_dataplane_kube_proxy"]
    missing = "has no aks_dataplane_kube_proxy. Declare its configuration, for example with aks_dataplane_kube_proxy={mode: NFTABLES}."
    wrong: dict[str, tuple[dict[str, t.Any], str]] = {
        "nothing": ({}, f"nothing {missing}"),
        "none": ({"aks_dataplane_kube_proxy": None}, f"none {missing}"),
        "empty": ({"aks_dataplane_kube_proxy": {}}, f"empty {missing}"),
        "other": ({"aks_dataplane_host_routing": "enabled"}, "Run aks.dataplane.ebpf_host_routing for this cluster, and exclude it here"),
    }
    fleet.hosts = {host: variables for host, (variables, _message) in wrong.items()}
    fleet.hosts["right"] = {"aks_dataplane_kube_proxy": NFTABLES}
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    reported = messages(run, "aks_run_record")
    assert set(reported) == set(wrong)
    for host, (_variables, message) in wrong.items():
        assert message in reported[host], host


def test_an_unknown_key_is_named_with_the_known_ones(fleet: Fleet) -> None:
    fleet.hosts["aks-b"] = {"aks_dataplane_kube_proxy": {"mode": "NFTABLES", "modus": 1}}
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert messages(run, "aks_run_record") == {
        "aks-b": "aks_dataplane_kube_proxy has the unknown key modus. The known ones are config, config_file, enabled, ipvs_config, mode, state."
    }


def test_wrong_configurations_stop_all_clusters_before_any_request(fleet: Fleet, tmp_path: pathlib.Path) -> None:
    array = tmp_path / "array.json"
    array.write_text("[]", encoding="utf-8")
    wrong = {
        "ipvs-without-ipvs": ({"mode": "NFTABLES", "ipvs_config": {"scheduler": "RoundRobin"}}, "mode is NFTABLES"),
        "negative": ({"mode": "IPVS", "ipvs_config": {"tcp_timeout_seconds": -1}}, "tcp_timeout_seconds is -1"),
        "state": ({"state": "default", "mode": "IPVS"}, "state is default"),
        "both": ({"mode": "IPVS", "config": {"enabled": True}}, "mutually exclusive"),
        "key": ({"config": {"enabled": True, "mode": "IPVS", "ipvsconfig": {}}}, "ipvsconfig"),
        "array": ({"config_file": str(array)}, "must hold an object"),
        "missing": ({"config_file": str(tmp_path / "missing.json")}, "missing.json"),
    }
    fleet.hosts = {host: {"aks_dataplane_kube_proxy": config} for host, (config, _message) in wrong.items()}
    fleet.hosts["right"] = {}
    fleet.simulator.clear_log()

    run = fleet.run()

    assert run.returncode == 2
    assert fleet.simulator.log() == []
    assert not fleet.record_dir.exists()
    reported = messages(run, "aks_run_record")
    assert set(reported) == set(wrong)
    for host, (_config, message) in wrong.items():
        assert message in reported[host], host
    assert "Traceback" not in run.stdout + run.stderr


def test_an_error_finding_stops_before_the_change_and_the_next_batch(fleet: Fleet) -> None:
    fleet.simulator.set_cluster("aks-a", {"properties": {"currentKubernetesVersion": "1.32.9", "kubernetesVersion": "1.32"}})
    fleet.simulator.clear_log()

    run = fleet.run(aks_dataplane_serial=1)

    assert run.returncode == 2
    assert fleet.writes() == []
    (record,) = fleet.records()
    assert (record["verdict"], phases_of(record)["preflight"]) == ("refused", "failed")
    assert "KP04" in record["message"]
    assert "Nothing was changed in the cluster." in record["message"]
    assert [finding["severity"] for finding in record["findings"] if finding["id"] == "KP04"] == ["error"]
    assert fleet.records("aks-b") == [], "the next batch is left alone"


def test_wrong_credentials_end_in_one_message(fleet: Fleet) -> None:
    fleet.simulator.clear_log()
    fleet.simulator.fault("unauthorized", path="oauth2/v2.0/token", times=None)

    run = fleet.run(arguments=["--limit", "aks-a"])

    assert run.returncode == 2
    assert fleet.writes() == []
    assert fleet.records()[0]["verdict"] == "refused"
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.slow
def test_back_to_the_default_without_asking_kubernetes(fleet: Fleet) -> None:
    fleet.simulator.make_cluster(
        "aks-a", patch={"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}}}
    )
    fleet.hosts = {"blue": {"aks_dataplane_cluster": "aks-a"}}
    fleet.simulator.clear_log()

    # As text, which is what -e name=value and surveys give.
    run = fleet.run(aks_dataplane_kube_proxy={"state": "default"}, aks_dataplane_kubernetes="false")

    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.config() == {"enabled": True, "mode": "IPTABLES"}
    (record,) = fleet.records()
    assert record["verdict"] == "unverified"
    assert phases_of(record) == {"feature_registration": "done", "preflight": "done", "switch": "done", "rollout": "skipped"}
    assert fleet.simulator.log(kind="kube") == []
    assert "not verified on the nodes" in run.stdout


@pytest.mark.slow
def test_roles_by_themselves(fleet: Fleet) -> None:
    """Each role works in an own playbook; the switchover keeps a record of its own."""
    roles = ["verification", "preflight", "switchover", "verification"]
    tasks = [{"name": role, "ansible.builtin.include_role": {"name": f"aks.dataplane.{role}"}} for role in roles]
    tasks[0] = {"name": "A first look", "block": [tasks[0]], "rescue": [{"name": "Not yet", "ansible.builtin.debug": {"msg": "not yet"}}]}
    play = [{"name": "Own", "hosts": "aks-a", "connection": "local", "gather_facts": False, "tasks": tasks}]

    run = fleet.run(play, payloads=True)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "aks-a: NFTABLES is not verified on every node (0 of 3)" in run.stdout
    assert run.stats["aks-a"]["rescued"] == 1
    (record,) = fleet.records()
    assert record["verdict"] == "switched"
    assert list(phases_of(record)) == ["switch", "rollout", "verification"]


@pytest.mark.slow
def test_nodes_that_are_namespaces(netns_simulator: Simulator, tmp_path: pathlib.Path) -> None:
    fleet = Fleet(netns_simulator, tmp_path / "runs")
    before = netns_simulator.nodes("aks-a")
    assert all(node["kube_chains"] and not node["nft_tables"].count("ip kube-proxy") for node in before)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    for node in netns_simulator.nodes("aks-a"):
        assert "ip kube-proxy" in node["nft_tables"]
        assert not [chain for chain in node["kube_chains"] if "KUBE-SVC" in chain]
