# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin aks_clusters against the simulator, through ansible-inventory and a playbook."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.support.inventory import Inventories, InventoryRun, documented_examples
from tests.support.playbooks import run_playbook
from tests.support.simulator import ROOT, Simulator

S1, S2 = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
CLUSTERS = "/providers/Microsoft.ContainerService/managedClusters"


@pytest.fixture
def inventories(simulator: Simulator, tmp_path: pathlib.Path) -> t.Iterator[Inventories]:
    yield Inventories(tmp_path, simulator.environment())
    simulator.clear_faults()


def move(simulator: Simulator, name: str, *, group: str, subscription: str = "", called: str = "") -> None:
    """Give a cluster another place and another name in Azure."""
    subscription = subscription or simulator.subscription_id
    place = f"/subscriptions/{subscription}/resourcegroups/{group}{CLUSTERS}/{called or name}"
    simulator.set_cluster(name, {"id": place, "name": called or name})


def listed(simulator: Simulator) -> list[str]:
    """What was asked of ARM: the scopes of the lists, one for each page."""
    asked = simulator.log(kind="arm")
    assert {entry["method"] for entry in asked} <= {"GET"}
    assert [entry["path"] for entry in asked if not entry["path"].endswith(CLUSTERS)] == []
    return [entry["path"].removesuffix(CLUSTERS) for entry in asked]


def test_a_fleet_is_grouped_by_its_data_plane(simulator: Simulator, inventories: Inventories) -> None:
    simulator.make_cluster("aks-ipvs", seed="kubenet-ipvs")
    simulator.make_cluster("aks-cilium", seed="cilium-acns")
    off = {"provisioningState": "Failed", "powerState": {"code": "Stopped"}, "apiServerAccessProfile": {"enablePrivateCluster": True}}
    simulator.set_cluster("aks-b", {"properties": off, "tags": {"stage": "canary"}})
    simulator.clear_log()
    source = inventories.write(
        {
            "keyed_groups": [{"key": "aks_tags.stage | default('none')", "prefix": "stage"}, {"key": "aks_resource_group", "prefix": "in"}],
            "groups": {"stopped": "aks_power_state == 'Stopped'"},
            "compose": {"node_count": "aks_pools | map(attribute='count') | sum"},
            "strict": True,
        }
    )

    run = inventories.run(source)

    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    # Four clusters are two pages.
    assert listed(simulator) == [f"/subscriptions/{simulator.subscription_id}"] * 2
    assert run.group("aks_clusters") == ["aks-a", "aks-b", "aks-cilium", "aks-ipvs"]
    assert run.group("kube_proxy_iptables") == ["aks-a", "aks-b"]
    assert run.group("kube_proxy_ipvs") == ["aks-ipvs"]
    assert run.group("kube_proxy_disabled") == run.group("dataplane_cilium") == run.group("host_routing_enabled") == ["aks-cilium"]
    assert (run.group("stage_canary"), run.group("stopped")) == (["aks-b"], ["aks-b"])
    assert run.group("in_rg_dataplane") == run.group("aks_clusters")
    reported = run.hosts["aks-b"]
    assert (reported["aks_dataplane_cluster"], reported["aks_dataplane_resource_group"]) == ("aks-b", simulator.resource_group)
    assert reported["aks_dataplane_subscription_id"] == simulator.subscription_id
    assert (reported["aks_provisioning_state"], reported["aks_power_state"], reported["aks_private_cluster"]) == ("Failed", "Stopped", True)
    # Before 2.19, whatever a template gives is text.
    assert int(reported["node_count"]) == 3
    assert run.hosts["aks-ipvs"]["aks_kube_proxy"]["mode"] == "IPVS"

    graph = inventories.run(source, arguments=("--graph", "all"))

    assert "  |--@dataplane_cilium:\n  |  |--aks-cilium\n" in graph.stdout
    assert "  |--@kube_proxy_ipvs:\n  |  |--aks-ipvs\n" in graph.stdout
    # A group without a cluster is there too, so that it can be named.
    assert "  |--@kube_proxy_nftables:\n  |--@" in graph.stdout


def test_options_that_are_empty_are_not_set(simulator: Simulator, inventories: Inventories) -> None:
    plain = inventories.run(inventories.write({}))
    empty = ("api_version", "auth_source", "subscriptions", "resource_groups", "tenant", "profile", "strict", "include_host_filters")
    run = inventories.run(inventories.write(dict.fromkeys(empty, "")))
    assert (run.returncode, run.stderr) == (0, "")
    assert run.hosts == plain.hosts != {}


def test_what_the_api_version_does_not_show_is_null_and_a_warning_says_so(simulator: Simulator, inventories: Inventories) -> None:
    simulator.make_cluster("aks-cilium", seed="cilium-acns")

    run = inventories.run(inventories.write({"api_version": "2025-06-02-preview"}))

    assert run.returncode == 0, run.stderr
    assert " ".join(run.stderr.split()).startswith("[WARNING]: With api_version 2025-06-02-preview Azure does not show eBPF host routing (")
    assert run.hosts["aks-cilium"]["aks_host_routing"] is None
    assert run.group("host_routing_enabled") == run.group("host_routing_disabled") == []
    assert run.group("kube_proxy_disabled") == ["aks-cilium"]


def test_what_azure_tells_is_never_a_template(simulator: Simulator, inventories: Inventories) -> None:
    trap = inventories.folder / "sprung"
    hostile = f"{{{{ lookup('ansible.builtin.pipe', 'touch {trap}') }}}}"
    simulator.set_cluster("aks-a", {"tags": {"stage": hostile, "{{ 1 + 1 }}": "x"}})
    source = inventories.write({"compose": {"stage": "aks_tags.stage"}, "keyed_groups": [{"key": "aks_tags.stage | default('none')"}]})
    tasks = [{"ansible.builtin.debug": {"msg": "{{ stage }} {{ aks_tags | to_json }} {{ hostvars[inventory_hostname].aks_tags.stage }}"}}]

    run = run_playbook(
        [{"hosts": "aks-a", "connection": "local", "gather_facts": False, "tasks": tasks}], source, env=simulator.environment()
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert run.results(host="aks-a")[0]["msg"].count("lookup(") == 3
    assert not trap.exists()


def test_filters_choose_clusters(simulator: Simulator, inventories: Inventories) -> None:
    """Each source puts what it has chosen into a group of its own."""
    simulator.make_cluster("aks-c")
    for name, tags in {"aks-a": {"Stage": "canary"}, "aks-b": {"stage": "production", "locked": "true"}, "aks-c": {}}.items():
        simulator.set_cluster(name, {"tags": tags})
    stage = "aks_tags.stage | default(aks_tags.Stage) | default('')"
    cases = {
        "by_tag": ({"tags": {"stage": ["canary", "test"]}}, ["aks-a"]),
        "by_two_tags": ({"tags": {"stage": "production", "locked": True}}, ["aks-b"]),
        "excluded": ({"exclude_host_filters": [f"{stage} == 'canary'", "aks_tags.locked | default('false') | bool"]}, ["aks-c"]),
        "included": ({"include_host_filters": [f"{stage} == 'canary'", "inventory_hostname is search('-c$')"]}, ["aks-a", "aks-c"]),
        "both": ({"include_host_filters": ["true"], "exclude_host_filters": [f"{stage} == 'canary'"]}, ["aks-b", "aks-c"]),
        "none": ({"tags": {"stage": "nowhere"}}, []),
    }
    sources = [inventories.write({**options, "groups": {case: "true"}}, f"{case}.aks.yaml") for case, (options, _hosts) in cases.items()]

    run = inventories.run(*sources)

    assert run.stderr == ""
    assert {case: run.group(case) for case in cases} == {case: chosen for case, (_options, chosen) in cases.items()}


def test_clusters_of_one_name_and_other_subscriptions(simulator: Simulator, inventories: Inventories) -> None:
    simulator.make_cluster("twin-1")
    simulator.make_cluster("twin-2")
    simulator.make_cluster("far")
    move(simulator, "twin-1", group="rg-west", called="twin")
    move(simulator, "twin-2", group="rg-east", called="twin")
    move(simulator, "far", group="rg-east", subscription=S2)
    subscriptions = [simulator.subscription_id, S2, S2.upper()]
    sources = [
        inventories.write({"groups": {"own": "true"}}, "own.aks.yml"),
        inventories.write({"groups": {"both": "true"}, "subscriptions": subscriptions}, "both.aks.yml"),
        inventories.write(
            {"groups": {"some": "true"}, "subscriptions": subscriptions, "resource_groups": ["rg-east", "RG-West"]}, "some.aks.yml"
        ),
        inventories.write({"groups": {"one": "true"}, "resource_groups": ["rg-west", "RG-WEST"]}, "one.aks.yml"),
    ]
    simulator.clear_log()

    run = inventories.run(*sources)

    assert run.stderr == ""
    assert run.group("own") == ["aks-a", "aks-b", "twin.rg-east", "twin.rg-west"]
    assert run.group("both") == ["aks-a", "aks-b", "far", "twin.rg-east", "twin.rg-west"]
    assert run.group("some") == ["far", "twin.rg-east", "twin.rg-west"]
    assert run.group("one") == ["twin"]
    assert (run.hosts["far"]["aks_dataplane_subscription_id"], run.hosts["far"]["aks_dataplane_resource_group"]) == (S2, "rg-east")
    own, other = f"/subscriptions/{simulator.subscription_id}", f"/subscriptions/{S2}"
    east, west = "/resourceGroups/rg-east", "/resourceGroups/RG-West"
    # One sign-in for each source, whatever the number of subscriptions.
    assert len(simulator.log(kind="token")) == len(sources)
    assert listed(simulator) == [
        *(own, own, own, own, other),
        *(own + east, other + east, own + west, other + west),
        f"{own}/resourceGroups/RG-WEST",
    ]


@pytest.mark.slow
def test_the_cache_is_used_for_the_same_question_only(simulator: Simulator, inventories: Inventories) -> None:
    folder = inventories.folder / "cache"
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
    source = inventories.write(options)

    def again(**environment: str) -> tuple[InventoryRun, int]:
        simulator.clear_log()
        run = inventories.run(source, **environment)
        assert run.stderr == ""
        return run, len(simulator.log())

    def play_hosts(*arguments: str) -> str:
        return run_playbook([{"hosts": "all"}], source, env=simulator.environment(), arguments=arguments).stdout

    simulator.set_cluster("aks-a", {"tags": {"stage": "{{ 1 + 1 }}"}})
    first, asked = again()
    assert asked > 0
    simulator.remove_cluster("aks-b")
    second, asked = again()
    assert asked == 0
    assert second.inventory == first.inventory
    # Filters work on what is in the cache.
    inventories.write({**options, "exclude_host_filters": ["aks_name == 'aks-a'"]})
    filtered, asked = again()
    assert (sorted(filtered.hosts), asked) == (["aks-b"], 0)
    inventories.write(options)
    assert "aks-b" in play_hosts("--list-hosts")
    assert "aks-b" not in play_hosts("--list-hosts", "--flush-cache")
    assert sorted(again()[0].hosts) == ["aks-a"]
    # Whoever has chosen another subscription does not get the clusters of the one before.
    move(simulator, "aks-a", group="rg-2", subscription=S2)
    other, asked = again(AZURE_SUBSCRIPTION_ID=S2)
    assert other.hosts["aks-a"]["aks_dataplane_subscription_id"] == S2
    assert asked > 0
    kept = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    assert "aks-a" in kept
    assert simulator.environment()["AZURE_SECRET"] not in kept


def test_credentials_from_options(simulator: Simulator, inventories: Inventories) -> None:
    """As in the modules; the secret by a lookup."""
    given = simulator.environment()
    source = inventories.write(
        {
            "tenant": given["AZURE_TENANT"],
            "client_id": given["AZURE_CLIENT_ID"],
            "secret": "{{ lookup('ansible.builtin.env', 'FLEET_SECRET') }}",
            "subscriptions": [given["AZURE_SUBSCRIPTION_ID"]],
            "cloud_environment": given["AZURE_CLOUD_ENVIRONMENT"],
        }
    )
    inventories.environment = {"REQUESTS_CA_BUNDLE": given["REQUESTS_CA_BUNDLE"], "FLEET_SECRET": given["AZURE_SECRET"]}

    run = inventories.run(source)

    assert sorted(run.hosts) == ["aks-a", "aks-b"], run.stderr
    assert given["AZURE_SECRET"] not in run.stdout + run.stderr


def test_credentials_from_aliases_of_options(simulator: Simulator, inventories: Inventories) -> None:
    given = simulator.environment()
    source = inventories.write(
        {
            "tenant_id": given["AZURE_TENANT"],
            "client_id": given["AZURE_CLIENT_ID"],
            "client_secret": given["AZURE_SECRET"],
            "subscription": given["AZURE_SUBSCRIPTION_ID"],
            "cloud_environment": given["AZURE_CLOUD_ENVIRONMENT"],
        }
    )
    inventories.environment = {"REQUESTS_CA_BUNDLE": given["REQUESTS_CA_BUNDLE"]}

    run = inventories.run(source)

    assert sorted(run.hosts) == ["aks-a", "aks-b"], run.stderr


def test_each_error_is_one_text_with_a_remedy(simulator: Simulator, inventories: Inventories) -> None:
    """A source for each, all in one run."""
    simulator.fault("forbidden", path="rg-forbidden|rg-x", times=None)
    move(simulator, "aks-b", group="rg-throttled")
    simulator.fault("throttle", path="rg-throttled", retry_after="300", times=None)
    tag = "aks_tags.stage == 'canary'"
    cases: dict[str, tuple[dict[str, t.Any], str]] = {
        "slip": ({"exclude_filters": [tag]}, "unknown option exclude_filters. For exclude_filters, exclude_host_filters may be meant."),
        "choice": ({"auth_source": "vault"}, "auth_source"),
        "type": ({"tags": "canary"}, "tags"),
        "tag": ({"tags": {"stage": None}}, "no usable value for the tag stage. Give each tag one value"),
        "filter": ({"exclude_host_filters": [tag]}, f"'{tag}' of exclude_host_filters cannot be evaluated for aks-a"),
        "text": (
            {"include_host_filters": ["aks_location"]},
            "'aks_location' of include_host_filters is neither true nor false for aks-a. Compare",
        ),
        "named": ({"subscriptions": ["Production"]}, "is Production, which is not the id of a subscription. Give the id (a GUID)"),
        "unknown": ({"subscriptions": [S1]}, "SubscriptionNotFound: The subscription"),
        "stable": ({"api_version": "2026-08-01"}, "exists in preview api-versions only"),
        "group": (
            {"resource_groups": ["rg-nowhere"]},
            "ResourceGroupNotFound: Resource group 'rg-nowhere' could not be found. Check the option resource_group",
        ),
        "letters": ({"resource_groups": ["rg/../x"]}, "which Azure does not allow as a name. Names consist of"),
        "forbidden": (
            {"resource_groups": ["rg-forbidden"]},
            "Grant the identity that signs in the rights in docs/rights/azure of this collection (read.json; to switch, switch.json)",
        ),
        "throttled": ({"resource_groups": ["rg-throttled"]}, "Azure limits the rate of requests. Wait some minutes"),
        "signed": ({"secret": "wrong~secret"}, "AADSTS7000215"),
        "bare": ({"auth_source": "options"}, "There are no complete credentials for Azure: missing client_id, tenant"),
    }
    sources = [inventories.write(options, f"{case}.aks.yml") for case, (options, _reported) in cases.items()]

    run = inventories.run(*sources, inventories.write({}, "clusters.yml"))

    # How Ansible frames and breaks the texts differs from version to version.
    messages = "".join(run.stderr.split())
    assert [case for case, (_options, reported) in cases.items() if "".join(reported.split()) not in messages] == [], run.stderr
    assert "couldnotbeverifiedby" in messages
    assert "Traceback" not in run.stderr
    for secret in (simulator.environment()["AZURE_SECRET"], "wrong~secret"):
        assert secret not in run.stdout + run.stderr
    assert list(run.hosts) == []


def test_a_thousand_clusters_are_as_many_requests_as_pages(simulator: Simulator, inventories: Inventories) -> None:
    simulator.make_fleet(1000, prefix="aks-fleet-", nodes=1)
    simulator.settings(page=100)
    simulator.clear_log()

    run = inventories.run(inventories.write({"resource_groups": [simulator.resource_group]}))

    assert len(run.hosts) == 1002
    assert run.group("kube_proxy_iptables") == run.group("aks_clusters") == sorted(run.hosts)
    assert len(listed(simulator)) == 11


def test_the_documented_examples(simulator: Simulator, inventories: Inventories) -> None:
    text = (ROOT / "plugins" / "inventory" / "aks_clusters.py").read_text(encoding="utf-8")
    examples = documented_examples(text.partition('EXAMPLES = r"""')[2].partition('"""')[0])
    given = simulator.environment()
    assert set(examples[3]) >= {"tenant", "client_id", "secret", "subscriptions"}
    examples[3] |= {"tenant": given["AZURE_TENANT"], "client_id": given["AZURE_CLIENT_ID"]}
    for name, group, subscription in (("p", "rg-production", ""), ("q", "rg-test", ""), ("r", "rg", S1), ("s", "rg", S2)):
        simulator.make_cluster(name)
        move(simulator, name, group=group, subscription=subscription)
    simulator.set_cluster("p", {"tags": {"stage": "canary", "environment": "staging"}})
    simulator.set_cluster("q", {"tags": None, "properties": {"powerState": {"code": "Stopped"}}})
    sources = [
        inventories.write({**example, "groups": {**example.get("groups", {}), f"example_{number}": "true"}}, f"example-{number}.aks.yml")
        for number, example in enumerate(examples)
    ]

    run = inventories.run(*sources, FLEET_SECRET=given["AZURE_SECRET"])

    assert run.stderr == ""
    assert run.group("example_0") == ["aks-a", "aks-b", "p", "q"]
    assert run.group("example_1") == run.group("stage_canary") == run.group("location_westeurope") == ["p"]
    assert run.group("example_2") == run.group("can_switch") == ["p"]
    assert run.group("windows") == []
    assert int(run.hosts["p"]["node_count"]) == 3
    assert run.group("example_3") == ["r", "s"]
