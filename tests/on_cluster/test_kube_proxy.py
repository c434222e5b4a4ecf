# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook on a real cluster: real kube-proxies are switched, verified, and switched back, while a Service is in use."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.cluster.client import ClusterClient
from tests.cluster.runner import DAEMON_SET
from tests.cluster.traffic import Traffic
from tests.support.fleet import Fleet, phases_of
from tests.support.modules import run_module
from tests.support.simulator import Simulator

# There is no module of it to load from within a container.
KERNEL_HAS_IPVS = Path("/proc/net/ip_vs").exists()


def test_the_modules_there_and_back(cloud: Simulator, cluster: ClusterClient, traffic: Traffic) -> None:
    """Azure is done when the cluster has the change, and not before its controller has seen it; the pods follow, and are what is verified."""
    names = {"resource_group": cloud.resource_group, "name": "aks-a", "poll_interval": 1, "wait_timeout": 240}
    for mode, tables in (("NFTABLES", ["ip kube-proxy", "ip6 kube-proxy"]), ("IPTABLES", list[str]())):
        changed = run_module("aks_kube_proxy", {**names, "mode": mode}, env=cloud.environment())
        assert changed["changed"] is True, changed
        found = cluster.api.request("GET", DAEMON_SET).body
        assert cloud.cluster("aks-a")["properties"]["provisioningState"] == "Succeeded"
        assert f"--proxy-mode={mode.lower()}" in found["spec"]["template"]["spec"]["containers"][0]["command"]
        assert found["status"]["observedGeneration"] == found["metadata"]["generation"]
        seen = run_module("aks_dataplane_status_info", {**names, "mode": mode}, env=cloud.environment())
        assert (seen["verdict"]["state"], seen["verdict"]["nodes_wanted"]) == ("wanted", 3), seen["verdict"]
        assert [node["nft_tables"] for node in cloud.nodes("aks-a")] == [tables] * 3
        traffic.flows(3)


def test_there_and_back_with_traffic(fleet: Fleet, traffic: Traffic) -> None:
    traffic.flows(3)

    run = fleet.run()

    assert run.returncode == 0, run.stdout + run.stderr
    assert "not everything could be seen" not in run.stdout
    assert fleet.modes() == {"nftables"}
    assert fleet.records()[-1]["verdict"] == "switched"
    assert [(node["state"], node["mode"]) for node in fleet.records()[-1]["nodes"]] == [("wanted", "nftables")] * 3
    assert all(node["nft_tables"] == ["ip kube-proxy", "ip6 kube-proxy"] for node in fleet.simulator.nodes("aks-a"))
    traffic.flows(3)

    again = fleet.run()

    assert again.returncode == 0, again.stdout + again.stderr
    assert fleet.records()[-1]["verdict"] == "unchanged"

    back = fleet.run(aks_dataplane_kube_proxy={"mode": "IPTABLES"})

    assert back.returncode == 0, back.stdout + back.stderr
    assert fleet.modes() == {"iptables"}
    assert fleet.records()[-1]["verdict"] == "switched"
    for node in fleet.simulator.nodes("aks-a"):
        assert node["nft_tables"] == []
        assert "KUBE-SERVICES" in node["kube_chains"]
    traffic.flows(3)


def there_and_back_seconds(cloud: Simulator) -> float:
    """What a change that every node takes, and its opposite, need on this machine now, whatever else it does."""
    names = {"resource_group": cloud.resource_group, "name": "aks-a", "mode": "NFTABLES", "poll_interval": 1, "wait_timeout": 240}
    began = time.monotonic()
    run_module("aks_kube_proxy", names, env=cloud.environment())
    seen = run_module("aks_dataplane_status_info", names, env=cloud.environment())
    cloud.reset()
    assert seen["verdict"]["state"] == "wanted", seen
    return time.monotonic() - began


def test_ipvs_is_undone_where_the_kernel_has_none(fleet: Fleet, traffic: Traffic) -> None:
    # A run waits that long for IPVS in vain, and no longer for what it puts back.
    patience = 240 if KERNEL_HAS_IPVS else max(40, round(2 * there_and_back_seconds(fleet.simulator)))
    run = fleet.run(aks_dataplane_kube_proxy={"mode": "IPVS"}, aks_dataplane_rollout_timeout=patience)

    record = fleet.records()[-1]
    if KERNEL_HAS_IPVS:
        assert run.returncode == 0, run.stdout + run.stderr
        assert (record["verdict"], fleet.modes()) == ("switched", {"ipvs"})
    else:
        assert run.returncode == 2, run.stdout + run.stderr
        assert record["verdict"] == "rolled_back", record["message"]
        assert record["rollback"]["status"] == "done"
        assert phases_of(record)["verification"] == "failed"
        # The bootstrap container, which is given the mode as well, is the first that cannot.
        assert "IPVS is not verified on every node" in record["message"]
        # It is started again and again, and may run at the moment.
        assert re.search(r"is not Ready \((Init:|PodInitializing)", record["message"])
        assert fleet.modes() == {"iptables"}
    traffic.flows(3)
