# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run records that earlier versions have written, in tests/fixtures/records: VERSION/RUN/GROUP.CLUSTER/ID.json."""

from __future__ import annotations

import json
import pathlib
import shutil
import typing as t

from .modules import run_module
from .simulator import ROOT

RECORDS = ROOT / "tests" / "fixtures" / "records" / "0.1.0"
RUNS = sorted(path.name for path in RECORDS.iterdir())

Record = dict[str, t.Any]


def old_record(run: str) -> Record:
    (file,) = (RECORDS / run).rglob("*.json")
    return json.loads(file.read_text(encoding="utf-8"))


def put_back(run: str, record_dir: pathlib.Path) -> None:
    """Make the directory of records what it was after that run, with the modes that git does not keep."""
    shutil.copytree(RECORDS / run, record_dir, dirs_exist_ok=True)
    for path in [record_dir, *record_dir.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def filled(value: t.Any, text: str) -> t.Any:
    """A record with every text replaced that is free."""
    if isinstance(value, dict):
        kept = ("subject", "status", "verdict", "run_id", "started", "ended", "before", "after")
        return {key: item if key in kept else filled(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, text) for item in value]
    return text if isinstance(value, str) else value


def declared_before(record: Record) -> dict[str, t.Any]:
    """The variable that declares what the cluster had before, as the collection works it out."""
    where = {"record_dir": "unused", "resource_group": record["resource_group"], "name": record["cluster"]}
    noted = run_module(
        "aks_run_record",
        {**where, "event": "phase", "run_id": record["run_id"], "phase": "rollback", "before": record["before"]},
        check=True,
    )
    if record["subject"] == "host_routing":
        return {"aks_dataplane_host_routing": noted["restore"]["state"]}
    return {"aks_dataplane_kube_proxy": {"config": noted["restore"]}}


def replay(record: Record, record_dir: pathlib.Path) -> Record:
    """The record that the module writes today of the same run, called as the roles do."""
    where = {"record_dir": str(record_dir), "resource_group": record["resource_group"], "name": record["cluster"]}
    wanted = record["wanted"]
    if record["subject"] == "host_routing":
        wanted = {"host_routing": wanted["state"], "enable_acns": wanted["enable_acns"]}
    noted = run_module("aks_run_record", {**where, "event": "opened", **wanted})
    where["run_id"] = noted["run_id"]
    news = _given(record, "subscription_id:subscription", "before", "after", "findings", "nodes", "rollback")
    ended: dict[str, t.Any] = {}
    for phase in record["phases"]:
        status = "skipped" if phase["status"] == "skipped" else "running"
        began = {"event": "phase", "phase": phase["name"], "phase_status": status}
        noted = run_module("aks_run_record", {**where, **began, **ended, **(news if phase["name"] == "switch" else {})})
        ended = {"last_status": "failed" if phase["status"] == "failed" else "done", **_given(phase, "reason:message")}
    if record["ended"]:
        closed = {
            "event": "closed",
            "verdict": record["verdict"],
            **ended,
            **_given(record, "reason:message", "findings", "nodes", "rollback"),
        }
        noted = run_module("aks_run_record", {**where, **closed})
    if "record" not in noted:
        raise AssertionError(noted)
    return noted["record"]


def _given(source: Record, *names: str) -> dict[str, t.Any]:
    """Options of the module, each from the key of its name or the one behind the colon, where that is not null."""
    pairs = [(name.partition(":")[0], source[name.rpartition(":")[2]]) for name in names]
    return {option: value for option, value in pairs if value is not None}
