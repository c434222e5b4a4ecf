# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page that a run writes at its end."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.action import aks_run_record
from ansible_collections.aks.dataplane.plugins.action.aks_run_record import _with_page
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings
from ansible_collections.aks.dataplane.plugins.module_utils._run.state import Run
from ansible_collections.aks.dataplane.plugins.module_utils._run.step import Note, Step

from tests.support.old_records import RECORDS, put_back

SETTINGS = Settings(host="blue", cluster="aks-a", report=True)
STEP = Step(
    Run(), {"reported": {"aks_dataplane_verdicts": {"blue": "switched"}}, "passed": True}, Note({"event": "closed"}), shown=("end",)
)


def test_a_page_that_cannot_be_written_changes_nothing(tmp_path: pathlib.Path) -> None:
    step = _with_page(STEP, Run(record_path=str(tmp_path / "gone.json")), SETTINGS)
    assert (step.answer, step.note, step.refusal) == (STEP.answer, STEP.note, "")
    assert step.shown[0] == "end"
    assert step.shown[1].startswith("aks-a: the report could not be written: There is no run record in")


def test_the_path_is_shown(tmp_path: pathlib.Path) -> None:
    put_back("kube-proxy-switched", tmp_path / "runs")
    (record,) = (tmp_path / "runs").rglob("*.json")
    assert record.name in {path.name for path in RECORDS.rglob("*.json")}
    step = _with_page(STEP, Run(record_path=str(record)), SETTINGS)
    page = record.with_suffix(".html")
    assert step.shown == ["end", f"aks-a: report {page}"]
    # AWX keeps statistics for the next jobs of a workflow, and has no room for pages.
    assert step.answer == STEP.answer
    assert page.with_suffix(".md").is_file()


def test_what_went_wrong_is_said_without_secrets(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("cannot render https://me:hunter2hunter2@files.example/?sig=hunter2hunter2\npassword: hunter2hunter2")

    monkeypatch.setattr(aks_run_record, "write_report", fail)
    step = _with_page(STEP, Run(record_path=str(tmp_path / "record.json")), SETTINGS)
    assert step.shown[1].startswith("aks-a: the report could not be written: cannot render https://")
    assert "hunter2" not in step.shown[1]
    assert step.answer == STEP.answer
