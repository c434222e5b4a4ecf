# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run a rollback is about."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._record.history import run_to_undo
from ansible_collections.aks.dataplane.plugins.module_utils._record.origin import origin_of
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import RunRecord
from ansible_collections.aks.dataplane.plugins.module_utils._record.store import Store

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}


def record(number: int, verdict: str | None, undoes: int | None = None) -> RunRecord:
    return RunRecord(
        run_id=_id(number),
        cluster="aks-a",
        resource_group="rg",
        started="2026-11-22T09:45:01.123Z",
        subject="kube_proxy",
        wanted={"mode": "NFTABLES"},
        before=IPTABLES,
        ended="2026-11-22T09:55:01.123Z" if verdict else None,
        verdict=verdict,
        undoes=_id(undoes) if undoes else None,
    )


def _id(number: int) -> str:
    return f"20261122T09450112{number}Z-0a1b2c3d"


@pytest.mark.parametrize(
    ("runs", "chosen"),
    [
        ([], None),
        ([("refused",)], None),
        ([("switched",)], 1),
        ([("switched",), ("switched",)], 2),
        ([("switched",), ("unchanged",), ("refused",), ("rolled_back",)], 1),
        ([("switched",), ("switched", 1)], None),
        ([("switched",), ("unchanged", 1)], None),
        ([("switched",), ("switched",), ("switched", 2)], 1),
        ([("switched",), ("refused", 1)], 1),
        ([("switched",), ("switched", 1), ("switched",)], 3),
    ],
)
def test_the_last_switch_that_no_later_run_closed(runs: list[t.Any], chosen: int | None) -> None:
    found = run_to_undo([record(number, *run) for number, run in reversed([*enumerate(runs, 1)])])
    assert (found.run.run_id if found.run else None, found.why) == (_id(chosen) if chosen else None, "")


@pytest.mark.parametrize("verdict", [None, "unverified", "failed", "rollback_failed"])
def test_a_later_run_that_may_have_left_another_state_stands_in_the_way(verdict: str | None, tmp_path: pathlib.Path) -> None:
    store = Store(str(tmp_path), "rg", "aks-a")
    for one in (record(1, "switched"), record(2, verdict)):
        store.write(one)
    with pytest.raises(DataplaneError) as caught:
        origin_of("latest", str(tmp_path), "rg", "aks-a")
    assert caught.value.code == "NoRunToRollBack"
    assert _id(2) in caught.value.message
    named = origin_of(store.path(_id(2)), str(tmp_path), "rg", "aks-a")
    assert (named["run_id"], named["verdict"], named["before"]) == (_id(2), verdict, IPTABLES)


def test_latest_goes_by_the_records_of_the_cluster(tmp_path: pathlib.Path) -> None:
    with pytest.raises(DataplaneError) as caught:
        origin_of("latest", str(tmp_path), "rg", "aks-a")
    assert "there is no run record in" in caught.value.message
    path = Store(str(tmp_path), "rg", "aks-a").write(record(1, "switched"))
    assert origin_of("latest", str(tmp_path), "RG", "AKS-A")["record_path"] == path
    Store(str(tmp_path), "rg", "aks-a").write(record(2, "switched", 1))
    assert "has switched it that is not rolled back" in origin_of("latest", str(tmp_path), "rg", "aks-a")["why"]


@pytest.mark.parametrize("named", ["latest", "path"])
def test_records_of_another_owner_are_not_trusted(named: str, tmp_path: pathlib.Path) -> None:
    path = Store(str(tmp_path), "rg", "aks-a").write(record(1, "switched"))
    os.chmod(os.path.dirname(path), 0o777)
    with pytest.raises(DataplaneError) as caught:
        origin_of("latest" if named == "latest" else path, str(tmp_path), "rg", "aks-a")
    assert caught.value.code == "RecordDirectoryUnusable"


@pytest.mark.parametrize("content", ["", "{}", "[]", "not JSON", json.dumps({"schema": 2})])
def test_a_file_that_is_no_record(content: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "record.json"
    for write in (lambda: None, lambda: file.write_text(content)):
        write()
        with pytest.raises(DataplaneError) as caught:
            origin_of(str(file), str(tmp_path), "rg", "aks-a")
        assert caught.value.code == "RecordUnreadable"
        assert "aks_dataplane_record" in caught.value.remedy


def test_the_record_keeps_which_run_it_undoes() -> None:
    undone = record(2, "switched", 1)
    assert RunRecord.from_dict(json.loads(json.dumps(undone.to_dict()))) == undone
    old = {name: value for name, value in dataclasses.replace(undone, undoes=None).to_dict().items() if name not in ("undoes", "waivers")}
    assert RunRecord.from_dict(old).undoes is None
