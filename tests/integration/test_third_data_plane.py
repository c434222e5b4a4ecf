# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A third data plane in one file: preflight, plan, switch, record, rollback and audit work with no other file changed."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.support.fleet import HostRoutingFleet, phases_of
from tests.support.playbooks import PlaybookRun
from tests.support.simulator import Simulator

ROOT = pathlib.Path(__file__).parents[2]
FILE = ROOT / "tests" / "support" / "data_planes" / "aks_transit_encryption.py"
PLAYS = str(ROOT / "playbooks" / "plays" / "switch.yml")
PLAYBOOK = [{"ansible.builtin.import_playbook": PLAYS, "vars": {"__aks_dataplane_demanded": "aks_dataplane_transit_encryption"}}]
OFF, ON = {"state": "disabled", "encryption": "None"}, {"state": "enabled", "encryption": "WireGuard"}


class EncryptionFleet(HostRoutingFleet):
    declared: t.Mapping[str, t.Any] = {"aks_dataplane_transit_encryption": "enabled"}

    def switch(self, **keywords: t.Any) -> PlaybookRun:
        return self.run(PLAYBOOK, payloads=False, **keywords)

    def encryption(self) -> str:
        """What Azure has stored."""
        network = self.simulator.cluster("aks-a")["properties"]["networkProfile"]["advancedNetworking"]
        return str(network["security"]["transitEncryption"]["type"])


@pytest.fixture
def fleet(simulator: Simulator, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> EncryptionFleet:
    monkeypatch.setenv("IN_PROCESS_DATA_PLANE", str(FILE))
    fleet = EncryptionFleet(simulator, tmp_path / "runs")
    fleet.make("aks-a")
    return fleet


def test_planned_switched_and_again(fleet: EncryptionFleet) -> None:
    run = fleet.switch(check=True)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "transitEncryption.type" in run.stdout
    assert "aks-a |   - None\naks-a |   + WireGuard\n" in run.stdout
    assert (fleet.encryption(), fleet.writes()) == ("None", [])

    run = fleet.switch()
    assert run.returncode == 0, run.stdout + run.stderr
    assert (fleet.encryption(), fleet.writes()) == ("WireGuard", [("PUT", "aks-a")])
    assert run.results(action="aks_transit_encryption")[-1]["changed"] is True
    (record,) = fleet.records()
    assert (record["subject"], record["verdict"], record["wanted"]) == ("transit_encryption", "switched", {"state": "enabled"})
    assert (record["before"], record["after"]) == (OFF, ON)
    assert phases_of(record)["verification"] == "done"
    assert [node["state"] for node in record["nodes"]] == ["wanted"] * 3
    assert run.custom["_run"]["aks_dataplane_before"] == {"aks-a": {"aks_dataplane_transit_encryption": "disabled"}}

    run = fleet.switch()
    assert run.returncode == 0, run.stdout + run.stderr
    assert fleet.records()[-1]["verdict"] == "unchanged"
    assert len(fleet.writes()) == 1


def test_refused_by_its_own_rule(fleet: EncryptionFleet) -> None:
    fleet.simulator.make_cluster("aks-a", nodes=3)
    run = fleet.switch()
    assert run.returncode != 0
    assert "TE01: cluster aks-a: The network data plane is azure." in run.stdout
    assert (fleet.records()[-1]["verdict"], fleet.writes()) == ("refused", [])


def test_one_data_plane_at_a_time(fleet: EncryptionFleet) -> None:
    run = fleet.switch(aks_dataplane_host_routing="enabled")
    assert run.returncode != 0
    assert "aks-a has both aks_dataplane_host_routing and aks_dataplane_transit_encryption." in run.stdout


def test_audited(fleet: EncryptionFleet, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit.json"
    run = fleet.run("aks.dataplane.audit", payloads=False, aks_dataplane_audit_file=str(file))
    assert run.returncode == 0, run.stdout + run.stderr
    (entry,) = json.loads(file.read_text(encoding="utf-8"))["clusters"]
    assert entry["encryption"]["verdict"] == "possible"
    assert run.custom["_run"]["aks_dataplane_audit"]["encryption"] == {"aks-a": "possible"}
    assert "Encryption" in run.stdout
