# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Azure's own command line program as a second client of the simulated Azure: it finds what it knows from the real one.

So that what the collection is tested against is not only what the collection expects.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import typing as t

import pytest
import yaml

from tests.support.cilium_cluster import until
from tests.support.raw import Raw
from tests.support.simulator import Simulator, clean_environment
from tools import azure_cli

# Each command takes seconds to start.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLOUD = "simulated"
NFTABLES = {"enabled": True, "mode": "NFTABLES"}
FEATURE = "AutoUpgradePreview"


class Az:
    """The program, with its settings and sign-ins in C(directory)."""

    def __init__(self, simulator: Simulator, directory: pathlib.Path) -> None:
        self.simulator = simulator
        self._python = azure_cli.python()
        # Nothing at this address is known to Microsoft.
        settings = {
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_ONLY_SHOW_ERRORS": "true",
        }
        home = {"AZURE_CONFIG_DIR": str(directory / "azure"), "HOME": str(directory), "REQUESTS_CA_BUNDLE": simulator.ca}
        self._environment = {**clean_environment(), **settings, **home}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self._python), "-m", "azure.cli", *arguments, "--output", "json"]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False, timeout=300)

    def __call__(self, *arguments: str) -> t.Any:
        """What a command that succeeds prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, *arguments: str) -> str:
        """What a command that fails says."""
        done = self.run(*arguments)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        return done.stderr

    def aks(self, *arguments: str, name: str = "aks-a") -> tuple[str, ...]:
        """A command about a cluster."""
        return ("aks", *arguments, "--resource-group", self.simulator.resource_group, "--name", name)


@pytest.fixture(scope="module")
def own_simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Simulator]:
    """One that no other test resets: a reset ends the sign-in."""
    with Simulator.started(tmp_path_factory.mktemp("azure-cli")) as started:
        started.reset()
        # The program looks at an operation every 30 seconds, unless it is asked to come back sooner.
        started.settings(retry_after="1")
        yield started


@pytest.fixture(scope="module")
def signed_in(own_simulator: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Az:
    az, info = Az(own_simulator, tmp_path_factory.mktemp("az")), own_simulator.info
    # All other addresses are read from the cloud's metadata.
    az("cloud", "register", "--name", CLOUD, "--endpoint-resource-manager", own_simulator.arm)
    az("cloud", "set", "--name", CLOUD)
    (account,) = az(
        *("login", "--service-principal", "--username", info["client_id"], "--password", info["secret"], "--tenant", info["tenant"])
    )
    assert (account["id"], account["tenantId"], account["state"]) == (own_simulator.subscription_id, info["tenant"], "Enabled")
    return az


@pytest.fixture
def az(signed_in: Az) -> Az:
    """With the clusters as they are made."""
    simulator = signed_in.simulator
    simulator.clear_faults()
    for name in ("aks-a", "aks-b"):
        simulator.make_cluster(name)
    return signed_in


def test_what_there_is(az: Az) -> None:
    simulator = az.simulator
    assert [cluster["name"] for cluster in az("aks", "list")] == ["aks-a", "aks-b"]
    shown, truth = az(*az.aks("show")), simulator.cluster("aks-a")
    assert (shown["eTag"], shown["networkProfile"]["networkPluginMode"]) == (truth["eTag"], "overlay")
    (pool,) = az("aks", "nodepool", "list", "--resource-group", simulator.resource_group, "--cluster-name", "aks-a")
    assert (pool["name"], pool["count"], pool["eTag"]) == ("nodepool1", 3, truth["properties"]["agentPoolProfiles"][0]["eTag"])
    missing = az.run(*az.aks("show", name="none"))
    assert (missing.returncode, "ResourceNotFound" in missing.stderr) == (3, True)
    assert az("group", "exists", "--name", simulator.resource_group) is True
    assert az("group", "exists", "--name", "none") is False


def test_credentials_of_a_cluster(az: Az, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "config"
    az(*az.aks("get-credentials"), "--file", str(file))
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert config["current-context"] == "aks-a"
    server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    assert Raw(az.simulator).ask("GET", f"{server}/version", None, {"Authorization": f"Bearer {token}"}).status == 200


def test_an_update_changes_nothing_else(az: Az) -> None:
    """Also of what its api-version does not have."""
    raw = Raw(az.simulator)
    raw.finish(raw.put_leaf(NFTABLES))
    before = az.simulator.cluster("aks-a")
    updated = az(*az.aks("update"), "--tags", "team=network")
    assert (updated["tags"], updated["provisioningState"]) == ({"team": "network"}, "Succeeded")
    after = az.simulator.cluster("aks-a")
    assert after.pop("eTag") != before.pop("eTag")
    assert after.pop("tags") == {"team": "network"}
    before.pop("tags", None)
    assert raw.leaf() == NFTABLES
    assert after["properties"]["networkProfile"] == before["properties"]["networkProfile"]


def test_another_operation_is_under_way(az: Az) -> None:
    az.simulator.fault("operation_stuck", path="aks-a")
    az(*az.aks("update"), "--tags", "team=first", "--no-wait")
    said = az.refused(*az.aks("update"), "--tags", "team=second")
    assert "(OperationNotAllowed)" in said
    assert "Another operation (Updating) is in progress" in said
    assert az.simulator.cluster("aks-a")["tags"] == {"team": "first"}


def test_conditions(az: Az) -> None:
    simulator = az.simulator
    etag = az(*az.aks("show"))["eTag"]
    az(*az.aks("update"), "--tags", "team=first", "--if-match", etag)
    assert "(PreconditionFailed)" in az.refused(*az.aks("update"), "--tags", "team=second", "--if-match", etag)
    assert simulator.cluster("aks-a")["tags"] == {"team": "first"}
    # Somebody else is first between its look and its request.
    simulator.fault("created_meanwhile", path="new")
    create = (*az.aks("create", name="new"), "--location", "westeurope", "--no-ssh-key", "--no-wait", "--if-none-match", "*")
    assert "(PreconditionFailed)" in az.refused(*create)
    simulator.remove_cluster("new")
    az(*create)
    simulator.remove_cluster("new")


def test_features(az: Az) -> None:
    about = ("--namespace", "Microsoft.ContainerService", "--name", FEATURE)
    assert az("feature", "show", *about)["properties"]["state"] == "NotRegistered"
    assert az("feature", "register", *about)["properties"]["state"] in ("Registering", "Registered")
    az("provider", "register", "--namespace", "Microsoft.ContainerService", "--wait")
    assert az("feature", "show", *about)["properties"]["state"] == "Registered"
    registrations = az("feature", "registration", "list", "--namespace", "Microsoft.ContainerService")
    assert FEATURE in [item["name"] for item in registrations]


def test_host_routing(az: Az) -> None:
    off = {"properties": {"networkProfile": {"advancedNetworking": {"performance": {"accelerationMode": "None"}}}}}
    az.simulator.make_cluster("aks-b", seed="cilium-acns", patch=off, nodes=1)
    switch = (*az.aks("update", name="aks-b"), "--enable-acns", "--acns-datapath-acceleration-mode", "BpfVeth")
    (node,) = az.simulator.nodes("aks-b")
    az.simulator.kube("aks-b", user_rules={node["name"]: ["-A INPUT -s 203.0.113.7 -j DROP"]})
    until(lambda: az.simulator.nodes("aks-b")[0]["cilium"]["user_rules"])
    assert "User-installed iptables rules found. Number of affected nodes is 1." in az.refused(*switch)
    az.simulator.kube("aks-b", user_rules={node["name"]: []})
    until(lambda: az.simulator.nodes("aks-b")[0]["cilium"]["user_rules"] is False)
    assert az(*switch)["networkProfile"]["advancedNetworking"]["performance"] == {"accelerationMode": "BpfVeth"}
    assert [node["host_routing"] for node in az.simulator.nodes("aks-b")] == [True]


def test_a_removal(az: Az) -> None:
    az(*az.aks("delete", name="aks-b"), "--yes")
    assert [cluster["name"] for cluster in az("aks", "list")] == ["aks-a"]
