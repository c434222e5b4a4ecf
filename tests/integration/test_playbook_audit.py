# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit of many clusters: what it reports of each, what it does without, and that it changes nothing."""

from __future__ import annotations

import collections
import json
import os
import pathlib
import re
import stat
import typing as t

import pytest

from tests.support.playbooks import PlaybookRun, run_playbook
from tests.support.simulator import ROOT, Simulator

PLAYBOOK = "aks.dataplane.audit"
NOBODY: dict[str, t.Any] = {"all": {}}
# Rules that cannot be checked without Kubernetes.
KUBERNETES_RULES = {"KP08", "KP15", "KP20", "KP24", "KP26", "KP27", "KP32", "KP33"}
FLEET = 6
# What all clusters of a subscription have in common.
ONCE = {
    "Microsoft.ContainerService/managedClusters": 1,
    "features/KubeProxyConfigurationPreview": 1,
    "providers/Microsoft.ContainerService": 1,
}


@pytest.fixture
def clusters(simulator: Simulator) -> t.Iterator[Simulator]:
    """With aks-a and aks-b, which can take NFTABLES."""
    yield simulator
    simulator.clear_faults()


def audit(
    simulator: Simulator,
    inventory: t.Any = None,
    *,
    check: bool = False,
    arguments: t.Sequence[str] = (),
    **extra_vars: t.Any,
) -> PlaybookRun:
    """It must change nothing, and show no secret."""
    simulator.clear_log()
    environment = simulator.environment()
    run = run_playbook(PLAYBOOK, inventory or NOBODY, extra_vars=extra_vars, env=environment, arguments=arguments, check=check)
    assert environment["AZURE_SECRET"] not in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert {host: counts["changed"] for host, counts in run.stats.items() if counts["changed"]} == {}
    assert writes(simulator) == []
    return run


def writes(simulator: Simulator) -> list[tuple[str, str]]:
    """Requests that change something: not signing in, not fetching a kubeconfig."""
    harmless = ("token", "discovery", "metadata")
    return [
        (entry["method"], entry["path"])
        for entry in simulator.log()
        if entry["method"] != "GET" and entry["kind"] not in harmless and not entry["path"].endswith("/listClusterUserCredential")
    ]


def read(file: pathlib.Path) -> dict[str, dict[str, t.Any]]:
    """The entries of the JSON file by host."""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["schema"] == 1
    hosts = [entry["host"] for entry in document["clusters"]]
    assert hosts == sorted(hosts)
    return {entry["host"]: entry for entry in document["clusters"]}


def table(run: PlaybookRun) -> dict[str, list[str]]:
    """The cells of each cluster's row, as far as its first line has them."""
    (shown,) = run.results("Show all clusters")
    lines = shown["msg"]
    assert set(lines) <= set(run.stdout.splitlines()), "the lines are shown as they are"
    assert max(map(len, lines)) <= 148
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in lines[3:] if line and not line.startswith(" ")]
    return {cells[0]: cells[1:] for cells in rows if not cells[0].startswith("?")}


def asked(simulator: Simulator) -> collections.Counter[str]:
    """How often ARM was asked, by the last parts of the path, without numbers of clusters."""
    paths = (re.sub(r"/fleet-\d+", "/N", entry["path"]) for entry in simulator.log(kind="arm"))
    return collections.Counter("/".join(path.rsplit("/", 2)[1:]) for path in paths)


def details(run: PlaybookRun, host: str) -> str:
    (shown,) = run.results("Show the findings of each cluster", host)
    return "\n".join(shown["msg"])


@pytest.mark.slow
def test_every_cluster_of_the_subscription(clusters: Simulator, tmp_path: pathlib.Path) -> None:
    """Those in trouble, too, and none of them holds up the others."""
    clusters.make_cluster("cil", seed="cilium-acns")
    clusters.make_cluster("ipvs", seed="kubenet-ipvs")
    clusters.make_cluster("stopped", patch={"properties": {"powerState": {"code": "Stopped"}}})
    clusters.make_cluster("denied")
    clusters.kube("denied", deny=["."])
    clusters.make_cluster("cut")
    clusters.fault("reset", path="/k8s/cut/", times=None)
    clusters.make_cluster("half")
    clusters.fault("server_error", path="/k8s/half/api/v1/services", times=None)
    # Its entry in the list is enough.
    clusters.make_cluster("hidden")
    clusters.fault("forbidden", path="managedClusters/hidden$", times=None)
    file = tmp_path / "audit.json"

    run = audit(clusters, aks_dataplane_audit_file=str(file))

    assert run.returncode == 0, run.stdout + run.stderr

    plain = ["1.34.2", "azure", "IPTABLES / iptables", "None", "possible", "1 obstacle: EB01"]
    unasked = ["1.34.2", "azure", "IPTABLES / ?", "None"]
    assert table(run) == {
        "aks-a": plain,
        "aks-b": plain,
        "cil": ["1.33.3", "cilium", "disabled / disabled", "BpfVeth / bpf", "1 obstacle: KP01", "in effect", "Kubernetes"],
        "cut": [*unasked, "no obstacle found,", "1 obstacle: EB01"],
        "denied": [*unasked, "no obstacle found, not", "1 obstacle: EB01"],
        "half": [*plain[:4], "no obstacle found,", "1 obstacle: EB01"],
        "hidden": plain,
        "ipvs": ["1.25.6", "kubenet", "IPVS / ipvs", "None", "1 obstacle: KP04", "4 obstacles: EB01, EB02,", "2027-06-30"],
        "stopped": [*unasked, "1 obstacle: KP25", "2 obstacles: EB01, EB23"],
    }

    entries = read(file)
    assert {host: (entry["nftables"]["verdict"], entry["ebpf_host_routing"]["verdict"]) for host, entry in entries.items()} == {
        "aks-a": ("possible", "obstacles"),
        "aks-b": ("possible", "obstacles"),
        "cil": ("obstacles", "in_effect"),
        "cut": ("unknown", "obstacles"),
        "denied": ("unknown", "obstacles"),
        "half": ("unknown", "obstacles"),
        "hidden": ("possible", "obstacles"),
        "ipvs": ("obstacles", "obstacles"),
        "stopped": ("obstacles", "obstacles"),
    }
    reported = run.custom["_run"]["aks_dataplane_audit"]
    for subject in ("nftables", "ebpf_host_routing"):
        assert reported[subject] == {host: entry[subject]["verdict"] for host, entry in entries.items()}
        for host, entry in entries.items():
            errors = [finding for finding in entry[subject]["findings"] if finding["severity"] == "error"]
            assert {finding["id"] for finding in errors} == set(entry[subject]["obstacles"])
            shown = " ".join(details(run, host).split())
            assert all(f"{finding['id']} {finding['subject']}: {finding['message']}" in shown for finding in errors)
    assert "EB03" in entries["aks-a"]["ebpf_host_routing"]["warnings"], "that ACNS is off is a cost, no obstacle"
    assert entries["ipvs"]["network"]["kube_proxy"]["ipvs_config"]["scheduler"] == "LeastConnection"
    assert entries["ipvs"]["nodes"]["kube_proxy"] == {"state": "ipvs", "nodes_total": 3, "reasons": []}
    assert [(one["what"], one["date"]) for one in entries["ipvs"]["support_ends"]] == [
        ("Ubuntu 22.04", "2027-06-30"),
        ("kubenet", "2028-03-31"),
        ("Kubernetes 1.25", None),
        ("kube-proxy's mode IPVS", None),
    ]
    assert "support of kubenet: ends 2028-03-31 (https://learn.microsoft.com/azure/aks/configure-kubenet)." in " ".join(
        details(run, "ipvs").split()
    )
    assert entries["hidden"]["network"]["kubernetes_version"] == "1.34.2", "the list had it"

    reasons = {host: entry["kubernetes"]["reason"] for host, entry in entries.items() if not entry["kubernetes"]["checked"]}
    assert set(reasons) == {"cut", "half", "stopped"}
    assert "gave no answer" in reasons["cut"]
    assert "/api/v1/services" in reasons["half"]
    assert reasons["stopped"] == "the power state of the cluster is Stopped"
    assert "forbids GET /api/v1/nodes" in entries["denied"]["nodes"]["reason"]
    for host in ("cut", "denied", "half", "stopped"):
        assert set(entries[host]["nftables"]["not_checked"]) == KUBERNETES_RULES
    assert not [entry for entry in clusters.log(kind="kube") if entry["path"].startswith("/k8s/stopped/")]


def test_azure_alone(clusters: Simulator, tmp_path: pathlib.Path) -> None:
    """One resource group, in check mode, which writes no file."""
    file = tmp_path / "audit.json"

    run = audit(
        clusters,
        check=True,
        aks_dataplane_kubernetes=False,
        aks_dataplane_resource_group=clusters.resource_group,
        aks_dataplane_audit_file=str(file),
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert clusters.log(kind="kube") == []
    assert not [entry for entry in clusters.log() if entry["method"] == "POST" and entry["path"].endswith("Credential")]
    (listing,) = [entry["path"] for entry in clusters.log(method="GET") if entry["path"].endswith("/managedClusters")][:1]
    assert f"/resourceGroups/{clusters.resource_group}/" in listing
    unasked = ["1.34.2", "azure", "IPTABLES / ?", "None", "no obstacle found,", "1 obstacle: EB01"]
    assert table(run) == {"aks-a": unasked, "aks-b": unasked}
    assert "Kubernetes not checked: aks_dataplane_kubernetes is false" in details(run, "aks-a")
    assert run.custom["_run"]["aks_dataplane_audit"]["nftables"] == {"aks-a": "unknown", "aks-b": "unknown"}
    assert not file.exists()
    assert "No file is written in check mode." in run.stdout


@pytest.mark.slow
def test_the_clusters_of_an_inventory(clusters: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those, and of them only those that --limit names; what is missing or forbidden is that cluster's trouble."""
    clusters.make_cluster("auto", patch={"sku": {"name": "Automatic"}})
    clusters.make_cluster("hidden")
    clusters.fault("forbidden", path="managedClusters/hidden$", times=None)
    group = {"aks_dataplane_resource_group": clusters.resource_group}
    inventory = {
        "all": {
            "hosts": {
                "localhost": {"ansible_connection": "local"},
                "blue": {**group, "aks_dataplane_cluster": "aks-a", "aks_dataplane_ignore": ["EB01"]},
                "auto": {**group, "aks_dataplane_profile": "current"},
                "nowhere": group,
                "homeless": {},
                "hidden": {**group, "aks_dataplane_subscription_id": clusters.subscription_id},
                "aks-b": group,
            }
        }
    }
    # Whatever a shell says, it begins where Ansible was started.
    monkeypatch.setenv("PWD", str(tmp_path))
    file = tmp_path / "audit.json"

    run = audit(clusters, inventory, arguments=["--limit", "all:!aks-b"], aks_dataplane_audit_file=os.path.relpath(file, ROOT))

    assert run.returncode == 2
    entries = read(file)
    assert list(entries) == ["auto", "blue", "hidden", "homeless", "nowhere"]
    assert (entries["blue"]["name"], entries["blue"]["rule_set"]) == ("aks-a", None)
    assert [entries["blue"][subject]["rule_set"] for subject in ("nftables", "ebpf_host_routing")] == ["preview", "current"]
    assert entries["blue"]["ebpf_host_routing"]["verdict"] == "possible"
    assert "KP13" in entries["auto"]["nftables"]["obstacles"]
    assert entries["auto"]["rule_set"] == "current"
    assert entries["nowhere"]["error"] == f"Cluster nowhere does not exist in resource group {clusters.resource_group}."
    assert "aks_dataplane_resource_group" in entries["homeless"]["error"]
    assert "managedClusters/hidden" in entries["hidden"]["error"]
    assert table(run)["hidden"] == ["not audited", "not audited"]
    at_the_end = {event["host"] for event in run.events if event["status"] == "failed" and "could not be audited" in event["task"]}
    assert at_the_end == {"hidden", "homeless", "nowhere"} == set(run.failures())
    assert run.failures()["hidden"].startswith("hidden could not be audited: ")
    assert run.events[-1]["task"].endswith("Fail for a cluster that could not be audited"), "after the report"
    assert not [entry for entry in clusters.log() if entry["path"].lower().endswith(("/managedclusters", "/aks-b"))]


@pytest.mark.slow
def test_two_clusters_of_one_name(clusters: Simulator, tmp_path: pathlib.Path) -> None:
    clusters.remove_cluster("aks-b")
    path = clusters.cluster("aks-a")["id"]
    clusters.make_cluster("twin", patch={"name": "aks-a", "id": path.replace(clusters.resource_group, "rg-other")})
    file = tmp_path / "audit.json"

    run = audit(clusters, aks_dataplane_audit_file=str(file), aks_dataplane_kubernetes=False)

    entries = read(file)
    here, there = f"aks-a.{clusters.resource_group}", "aks-a.rg-other"
    assert {(host, entry["name"], entry["resource_group"]) for host, entry in entries.items()} == {
        (here, "aks-a", clusters.resource_group),
        (there, "aks-a", "rg-other"),
    }
    assert run.returncode == 0, run.stdout
    assert [entries[host]["nftables"]["verdict"] for host in (here, there)] == ["unknown", "unknown"]


@pytest.mark.slow
def test_nodes_are_not_taken_for_clusters(clusters: Simulator) -> None:
    nodes = {"children": {"aks_nodes": {"hosts": {"some-node": {}}}}}
    hosts = {"aks-a": {"aks_dataplane_resource_group": clusters.resource_group}}

    beside_clusters = audit(clusters, {"all": {"hosts": hosts, **nodes}}, aks_dataplane_kubernetes=False)
    alone = audit(clusters, {"all": nodes}, aks_dataplane_kubernetes=False)

    assert set(table(beside_clusters)) == {"aks-a"}
    assert set(table(alone)) == {"aks-a", "aks-b"}


@pytest.mark.slow
def test_a_kubeconfig_for_each_cluster_but_not_one_for_all(clusters: Simulator) -> None:
    mine = clusters.kubeconfig("aks-a")

    refused = audit(clusters, aks_dataplane_kubeconfig=mine)

    assert refused.returncode == 2
    assert "is the same for all 2 clusters" in refused.failures()["localhost"]
    assert clusters.log(kind="kube") == []

    run = audit(clusters, aks_dataplane_kubeconfig=mine.replace("aks-a", "{{ aks_dataplane_cluster }}"))

    assert run.returncode == 0, run.stdout + run.stderr
    assert {row[2] for row in table(run).values()} == {"IPTABLES / iptables"}
    assert asked(clusters) == ONCE


@pytest.mark.slow
def test_no_clusters_and_no_such_resource_group(clusters: Simulator, tmp_path: pathlib.Path) -> None:
    clusters.remove_cluster("aks-a")
    clusters.remove_cluster("aks-b")
    file = tmp_path / "audit.json"

    run = audit(clusters, aks_dataplane_audit_file=str(file))

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.results("Show all clusters")[0]["msg"] == ["There are no clusters."]
    assert read(file) == {}

    wrong = audit(clusters, aks_dataplane_resource_group="rg-nowhere")

    assert wrong.returncode == 2
    assert "rg-nowhere" in wrong.failures()["localhost"]


@pytest.mark.slow
@pytest.mark.parametrize("registers", [True, False])
def test_a_feature_that_the_switch_registers_itself_is_no_obstacle(clusters: Simulator, tmp_path: pathlib.Path, registers: bool) -> None:
    clusters.reset(feature=False)
    file = tmp_path / "audit.json"

    run = audit(clusters, aks_dataplane_kubernetes=False, aks_dataplane_register_feature=registers, aks_dataplane_audit_file=str(file))

    assert run.returncode == 0, run.stdout + run.stderr
    assert read(file)["aks-a"]["nftables"]["obstacles"] == ([] if registers else ["KP02"])


def listed(simulator: Simulator) -> dict[str, t.Any]:
    return {
        "all": {
            "vars": {"aks_dataplane_resource_group": simulator.resource_group},
            "hosts": {f"fleet-{n}": {} for n in range(1, FLEET + 1)},
        }
    }


@pytest.fixture
def fleet(clusters: Simulator) -> Simulator:
    for name in ("aks-a", "aks-b"):
        clusters.remove_cluster(name)
    clusters.make_fleet(FLEET, prefix="fleet-", nodes=1)
    clusters.settings(page=100)
    return clusters


def test_what_the_list_has_shown_is_not_asked_again(fleet: Simulator) -> None:
    run = audit(fleet, aks_dataplane_kubernetes=False)

    assert run.returncode == 0, run.stdout + run.stderr
    assert asked(fleet) == ONCE
    assert set(run.custom["_run"]["aks_dataplane_audit"]["nftables"]) == {f"fleet-{n}" for n in range(1, FLEET + 1)}


@pytest.mark.slow
@pytest.mark.parametrize("inventory", [False, True])
def test_with_kubernetes_each_cluster_is_asked_for_credentials_alone(fleet: Simulator, inventory: bool) -> None:
    run = audit(fleet, listed(fleet) if inventory else None)

    assert run.returncode == 0, run.stdout + run.stderr
    assert asked(fleet) == {**ONCE, "N/listClusterUserCredential": FLEET}
    assert {row[2] for row in table(run).values()} == {"IPTABLES / iptables"}


@pytest.mark.slow
def test_who_may_not_list_clusters_asks_for_each(fleet: Simulator) -> None:
    fleet.fault("forbidden", path="providers/Microsoft.ContainerService/managedClusters$", times=None)

    run = audit(fleet, listed(fleet), aks_dataplane_kubernetes=False)

    assert run.returncode == 0, run.stdout + run.stderr
    assert asked(fleet) == {**ONCE, "managedClusters/N": FLEET}
    assert {row[-1] for row in table(run).values()} == {"1 obstacle: EB01"}


@pytest.mark.slow
def test_what_is_changed_after_an_audit_is_read_right_before(fleet: Simulator, tmp_path: pathlib.Path) -> None:
    """In the same run, whose list is older."""
    inventory = listed(fleet)
    inventory["all"]["vars"].update(
        aks_dataplane_record_dir=str(tmp_path), aks_dataplane_poll_interval=1, aks_dataplane_kube_proxy={"mode": "NFTABLES"}
    )
    books = [{"ansible.builtin.import_playbook": f"aks.dataplane.{name}"} for name in ("audit", "kube_proxy")]
    fleet.clear_log()

    run = run_playbook(books, inventory, env=fleet.environment())

    assert run.returncode == 0, run.stdout + run.stderr
    whole = [(entry["method"], entry["path"].rpartition("/")[2]) for entry in fleet.log(kind="arm")]
    puts = [name for method, name in whole if method == "PUT"]
    assert sorted(puts) == [f"fleet-{n}" for n in range(1, FLEET + 1)]
    last_list = max(place for place, (_method, name) in enumerate(whole) if name == "managedClusters")
    for name in puts:
        read = max(place for place, request in enumerate(whole[: whole.index(("PUT", name))]) if request == ("GET", name))
        assert read > last_list
