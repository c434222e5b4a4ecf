# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from tests.support.modules import run_module

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}
SECRET = "Q~8abcDEF.0123456789"


class Log:
    """One cluster's records, written through the module."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __call__(self, event: str, *, check: bool = False, **options: t.Any) -> dict[str, t.Any]:
        arguments = {"record_dir": str(self.directory), "resource_group": "shop", "name": "aks-blue", "event": event, **options}
        result = run_module("aks_run_record", arguments, check=check, env={"AZURE_SECRET": SECRET})
        assert result.get("changed", False) is False
        return result

    def on_disk(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        return json.loads(Path(result["record_path"]).read_text(encoding="utf-8"))

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.directory.rglob("*") if path.is_file())


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path / "runs")


@pytest.mark.parametrize(
    ("event", "options", "message"),
    [
        ("phase", {}, "run_id, phase"),
        ("closed", {"run_id": "x"}, "verdict"),
        ("opened", {}, "No data plane is declared"),
        ("opened", {"mode": "EBPF"}, "must be one of: IPTABLES, IPVS, NFTABLES"),
        ("opened", {"mode": "NFTABLES", "ipvs_config": {"scheduler": "RoundRobin"}}, "mode is NFTABLES"),
        ("opened", {"mode": "IPVS", "config": {"enabled": True}}, "mutually exclusive"),
        ("opened", {"config": {"enabled": True, "mode": "ipvs"}}, "mode"),
        ("opened", {"host_routing": "on"}, "must be one of: disabled, enabled"),
        ("opened", {"host_routing": "enabled", "mode": "NFTABLES"}, "mutually exclusive: host_routing|mode"),
        ("opened", {"host_routing": "enabled", "state": "default"}, "a cluster has only one of them"),
        ("phase", {"run_id": "../../x", "phase": "switch"}, "an id looks like"),
        ("phase", {"run_id": "20261122T094501123Z-0a1b2c3d", "phase": "switch"}, "cannot be read"),
        ("begun", {}, "opened, phase, closed"),
    ],
)
def test_what_cannot_be_is_refused(log: Log, event: str, options: dict[str, t.Any], message: str) -> None:
    result = log(event, **options)
    assert result["failed"] is True
    assert message in result["msg"]
    assert not log.files


@pytest.mark.parametrize(
    ("declaration", "subject", "wanted"),
    [
        ({"state": "default"}, "kube_proxy", {"state": "default"}),
        ({"enabled": False}, "kube_proxy", {"enabled": False}),
        ({"mode": "NFTABLES"}, "kube_proxy", {"mode": "NFTABLES"}),
        ({"config": {"enabled": True, "mode": "NFTABLES"}}, "kube_proxy", NFTABLES),
        ({"host_routing": "enabled"}, "host_routing", {"state": "enabled", "enable_acns": False}),
        ({"host_routing": "disabled", "enable_acns": True}, "host_routing", {"state": "disabled", "enable_acns": True}),
    ],
)
def test_the_declaration_is_noted(log: Log, declaration: dict[str, t.Any], subject: str, wanted: dict[str, t.Any]) -> None:
    result = log("opened", **declaration)
    assert (result["record"]["subject"], result["record"]["wanted"]) == (subject, wanted)
    assert log.on_disk(result) == result["record"]
    assert (result["interrupted"], result["feature_unfinished"]) == (None, False)


def test_check_mode_writes_nothing(log: Log) -> None:
    result = log("opened", check=True, mode="NFTABLES")
    assert result["record"]["wanted"] == {"mode": "NFTABLES"}
    later = log("phase", check=True, run_id=result["run_id"], phase="switch")
    assert (later["record"], later["record_path"]) == (None, result["record_path"])
    assert "restore" not in later
    assert not log.directory.exists()


@pytest.mark.parametrize(
    ("before", "restore"),
    [(IPTABLES, {"enabled": True, "mode": "IPTABLES"}), ({"state": "disabled", "acceleration_mode": "None"}, {"state": "disabled"})],
)
def test_check_mode_tells_what_could_be_restored(log: Log, before: dict[str, t.Any], restore: dict[str, t.Any]) -> None:
    run_id = log("opened", check=True, mode="NFTABLES")["run_id"]
    assert log("phase", check=True, run_id=run_id, phase="switch", before=before)["restore"] == restore


def test_a_run_from_beginning_to_end(log: Log) -> None:
    run_id = log("opened", mode="NFTABLES")["run_id"]
    log("phase", run_id=run_id, phase="feature_registration", phase_status="skipped")
    log("phase", run_id=run_id, phase="preflight")
    switching = log(
        "phase", run_id=run_id, phase="switch", before=IPTABLES, subscription_id="s", findings=[{"id": "KP20", "severity": "info"}]
    )
    assert switching["restore"] == {"enabled": True, "mode": "IPTABLES"}
    assert [phase["status"] for phase in log.on_disk(switching)["phases"]] == ["skipped", "done", "running"]
    assert "restore" not in log("phase", run_id=run_id, phase="rollout", after=NFTABLES)
    result = log("closed", run_id=run_id, verdict="switched", nodes=[{"name": "n1", "state": "wanted", "mode": "nftables", "log": ["x"]}])
    record = log.on_disk(result)
    assert (record["verdict"], record["before"], record["after"]) == ("switched", IPTABLES, NFTABLES)
    assert record["nodes"] == [{"name": "n1", "state": "wanted", "mode": "nftables"}]
    assert [phase["status"] for phase in record["phases"]] == ["skipped", "done", "done", "done"]
    assert len(log.files) == 1


@pytest.mark.parametrize(
    ("before", "restore"),
    [
        ({"enabled": False, "mode": None, "ipvs_config": None}, {"enabled": False}),
        (
            {
                "enabled": True,
                "mode": "IPVS",
                "ipvs_config": {"scheduler": "RoundRobin", "tcp_timeout_seconds": 900, "udp_timeout_seconds": None},
            },
            {"enabled": True, "mode": "IPVS", "ipvsConfig": {"scheduler": "RoundRobin", "tcpTimeoutSeconds": 900}},
        ),
    ],
)
def test_the_way_back(log: Log, before: dict[str, t.Any], restore: dict[str, t.Any]) -> None:
    run_id = log("opened", mode="NFTABLES")["run_id"]
    assert log("phase", run_id=run_id, phase="switch", before=before)["restore"] == restore


def test_a_switch_without_a_way_back_does_not_begin(log: Log) -> None:
    run_id = log("opened", mode="NFTABLES")["run_id"]
    result = log("phase", run_id=run_id, phase="switch", before={"enabled": True, "mode": "EBPF", "ipvs_config": None})
    assert result["failed"] is True
    assert "The configuration to restore" in result["msg"]


@pytest.mark.parametrize("acns", [False, True])
@pytest.mark.parametrize(("state", "mode"), [("disabled", "None"), ("enabled", "BpfVeth")])
def test_the_way_back_of_host_routing(log: Log, state: str, mode: str, acns: bool) -> None:
    run_id = log("opened", host_routing="enabled")["run_id"]
    before = {"state": state, "acceleration_mode": mode, "acns": {"enabled": acns, "observability": acns, "security": False}}
    result = log("phase", run_id=run_id, phase="switch", before=before)
    assert result["restore"] == {"state": state}
    assert (result["record"]["before"], result["record"]["switch_began"]) == (before, result["record"]["phases"][0]["started"])


def test_a_mode_that_is_not_known_here_could_not_be_restored(log: Log) -> None:
    run_id = log("opened", host_routing="enabled")["run_id"]
    result = log("phase", run_id=run_id, phase="switch", before={"state": "disabled", "acceleration_mode": "XdpVeth", "acns": {}})
    assert result["failed"] is True
    assert result["error"]["code"] == "NoWayBack"
    assert "'XdpVeth'" in result["msg"]


def test_an_interrupted_run_is_continued(log: Log) -> None:
    first = log("opened", mode="NFTABLES")["run_id"]
    log("phase", run_id=first, phase="feature_registration")
    second = log("opened", mode="NFTABLES")
    assert (second["interrupted"]["run_id"], second["feature_unfinished"]) == (first, True)
    log("phase", run_id=second["run_id"], phase="feature_registration")
    log("phase", run_id=second["run_id"], phase="switch", before=IPTABLES)
    other = log("opened", check=True, mode="IPVS")
    assert (other["interrupted"], other["feature_unfinished"]) == (None, False)
    third = log("opened", mode="NFTABLES")
    assert third["record"]["before"] == IPTABLES
    assert log("phase", run_id=third["run_id"], phase="switch", before=NFTABLES)["restore"] == {"enabled": True, "mode": "IPTABLES"}


def test_no_secret_gets_into_a_record(log: Log) -> None:
    run_id = log("opened", mode="NFTABLES")["run_id"]
    log("phase", run_id=run_id, phase="preflight", findings=[{"id": "X", "message": f"key {SECRET}", "client_secret": SECRET}])
    result = log(
        "closed",
        run_id=run_id,
        verdict="failed",
        last_status="failed",
        reason=f"said {SECRET}",
        rollback={"status": "failed", "message": SECRET, "url": SECRET},
        nodes=[{"name": SECRET, "reasons": [SECRET], "extra": SECRET}],
        before={"mode": SECRET, "secret": SECRET, "enabled": False},
        after={"ipvs_config": {"scheduler": SECRET}},
    )
    assert SECRET not in "".join(path.read_text(encoding="utf-8") for path in log.files)
    assert SECRET not in json.dumps({key: value for key, value in result.items() if key != "invocation"})


def test_a_directory_that_cannot_be_written(log: Log) -> None:
    log.directory.write_text("a file", encoding="utf-8")
    result = log("opened", mode="NFTABLES")
    assert result["failed"] is True
    assert "aks_dataplane_record_dir" in result["msg"]
