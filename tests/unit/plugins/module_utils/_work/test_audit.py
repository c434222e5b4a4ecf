# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit asks of one cluster, and what it makes of the answers; the API server's part is in tests/integration/test_playbook_audit.py."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.packed_body import pack, unpack
from ansible_collections.aks.dataplane.plugins.module_utils._arm.client import ArmClient
from ansible_collections.aks.dataplane.plugins.module_utils._arm.errors import ArmError
from ansible_collections.aks.dataplane.plugins.module_utils._audit.entry import entry
from ansible_collections.aks.dataplane.plugins.module_utils._work import audit as work

SEEDS = pathlib.Path(__file__).parents[4] / "fixtures" / "clusters"
SUBSCRIPTION = "8d05cbb9-3c8e-4c1f-9b0a-6a2d7e5f4c31"


def cluster(name: str = "aks-a", group: str = "rg", seed: str = "overlay") -> dict[str, t.Any]:
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}"
    body = json.loads((SEEDS / f"{seed}.json").read_text(encoding="utf-8"))
    return {**body, "id": path, "name": name, "type": "Microsoft.ContainerService/managedClusters"}


class Azure(ArmClient):
    """Answers with these clusters, and with a feature that is not registered; asked: the ends of the paths so far."""

    def __init__(self, *clusters: dict[str, t.Any], refused: str = "") -> None:
        super().__init__(None, "https://arm.invalid", SUBSCRIPTION)
        self.clusters = {one["id"]: one for one in clusters}
        self.refused = refused
        self.asked: list[str] = []

    def get(self, path: str, api_version: str, allow_404: bool = False) -> dict[str, t.Any] | None:
        self.asked.append(path.rpartition("/")[2])
        if self.refused and self.refused in path:
            raise ArmError("Not for you.", code="AuthorizationFailed", details={"status": 403})
        if "/features/" in path:
            name = "Microsoft.ContainerService/KubeProxyConfigurationPreview"
            return {"id": path, "name": name, "type": "Microsoft.Features/providers/features", "properties": {"state": "NotRegistered"}}
        if path.endswith("/Microsoft.ContainerService"):
            return {"namespace": "Microsoft.ContainerService", "registrationState": "Registered"}
        return self.clusters.get(path)

    def list(self, path: str, api_version: str) -> list[dict[str, t.Any]]:
        return list(self.clusters.values())


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., t.Any]:
    def stand_in(azure: Azure) -> Azure:
        monkeypatch.setattr(work, "connect", lambda params: azure)
        return azure

    return stand_in


def audited(**changes: t.Any) -> dict[str, t.Any]:
    """The entry, without Kubernetes."""
    asked = {"resource_group": "rg", "name": "aks-a", "host": "blue", "body": None, "rule_set": "preview"}
    params = {**asked, "ignore": [], "register_feature": True, "kubernetes": False, "node_look": "none", **changes}
    return entry(work.audit(params, work.AuditSources(params)))


STATES = ["KubeProxyConfigurationPreview", "Microsoft.ContainerService"]


def test_a_cluster_that_a_list_has_shown_is_not_asked_for(answers: t.Callable[..., Azure]) -> None:
    azure = answers(Azure(cluster()))
    listed = work.list_clusters({"resource_group": None})["rg/aks-a"]
    reported = audited(body=listed["body"])
    assert azure.asked == STATES
    assert reported == audited()
    assert azure.asked == [*STATES, "aks-a", *STATES]
    assert (reported["host"], reported["error"], reported["nftables"]["verdict"]) == ("blue", "", "unknown")


def test_a_list_shows_no_secrets(answers: t.Callable[..., Azure]) -> None:
    body = cluster()
    body["properties"]["httpProxyConfig"] = {"httpProxy": "http://user:hunter2@proxy.example:3128/"}
    answers(Azure(body))
    listed = work.list_clusters({"resource_group": None})["rg/aks-a"]
    assert "hunter2" not in json.dumps(unpack(listed["body"]))
    assert audited(body=listed["body"]) == audited()


def test_the_body_of_another_cluster_is_refused(answers: t.Callable[..., Azure]) -> None:
    answers(Azure())
    reported = audited(body=pack(cluster("aks-b")))
    assert "body is that of the cluster aks-b in rg, and not of aks-a in rg" in reported["error"]
    assert reported["nftables"]["verdict"] == "failed"
    assert audited(body=pack(cluster("AKS-A", "RG")))["error"] == ""


def test_a_cluster_that_is_not_there_or_may_not_be_read(answers: t.Callable[..., Azure]) -> None:
    answers(Azure())
    assert audited()["error"] == "Cluster aks-a does not exist in resource group rg."
    answers(Azure(cluster(), refused="/managedClusters/"))
    assert audited()["error"] == "Not for you."


def test_a_state_that_may_not_be_read_is_no_failure(answers: t.Callable[..., Azure]) -> None:
    answers(Azure(cluster(), refused="/features/"))
    reported = audited()
    assert reported["error"] == ""
    (finding,) = (one for one in reported["nftables"]["findings"] if one["id"] == "KP02")
    assert "may not be read: Not for you" in finding["message"]


@pytest.mark.parametrize(("register", "severity", "obstacles"), [(True, "info", []), (False, "error", ["KP02"])])
def test_what_a_run_would_see_to_is_excused(answers: t.Callable[..., Azure], register: bool, severity: str, obstacles: list[str]) -> None:
    answers(Azure(cluster()))
    reported = audited(register_feature=register, ignore=["EB01"])
    assert reported["nftables"]["obstacles"] == obstacles
    assert reported["ebpf_host_routing"]["obstacles"] == []
    findings = {one["id"]: one for subject in ("nftables", "ebpf_host_routing") for one in reported[subject]["findings"]}
    assert findings["KP02"]["severity"] == severity
    assert (findings["KP02"]["ignored"], findings["EB01"]["ignored"]) == (register, True)


def test_a_rule_to_ignore_that_there_is_not_fails_each_question(answers: t.Callable[..., Azure]) -> None:
    answers(Azure(cluster()))
    reported = audited(ignore=["nonsense"])
    assert "nonsense" in reported["error"]
    assert {reported[subject]["verdict"] for subject in ("nftables", "ebpf_host_routing")} == {"failed"}


def test_hosts_of_clusters_that_share_a_name(answers: t.Callable[..., Azure]) -> None:
    answers(Azure(cluster("twin", "one"), cluster("twin", "two"), cluster("localhost"), cluster("Alone")))
    listed = work.list_clusters({"resource_group": None})
    assert {place: one["host"] for place, one in listed.items()} == {
        "one/twin": "twin.one",
        "two/twin": "twin.two",
        "rg/localhost": "localhost.rg",
        "rg/alone": "Alone",
    }
