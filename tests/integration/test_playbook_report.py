# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages about run records, by the playbook and at the end of a run."""

from __future__ import annotations

import pathlib

import pytest

from tests.support.fleet import Fleet
from tests.support.old_records import RUNS, put_back
from tests.support.playbooks import run_playbook
from tests.support.simulator import Simulator


def test_pages_of_a_directory_of_records(tmp_path: pathlib.Path) -> None:
    for run in RUNS:
        put_back(run, tmp_path / "runs")
    pages = tmp_path / "pages"
    variables = {"aks_dataplane_record_dir": str(tmp_path / "runs"), "aks_dataplane_report_dir": str(pages)}

    run = run_playbook("aks.dataplane.report", {"all": {"hosts": {}}}, extra_vars=variables, env={"ANSIBLE_DISPLAY_OK_HOSTS": "false"})

    assert run.returncode == 0, run.stdout + run.stderr
    assert len([*pages.glob("*.html")]) == len([*pages.glob("*.md")]) == len(RUNS) + 1
    assert (pages / "junit.xml").is_file()
    assert str(pages / "index.html") in run.stdout
    assert run.custom["_run"]["aks_dataplane_report_markdown"] == (pages / "index.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_run_writes_its_page_next_to_its_record(simulator: Simulator, tmp_path: pathlib.Path) -> None:
    simulator.reset()
    fleet = Fleet(simulator, tmp_path / "runs")
    # The kube-proxy that it has already.
    declared = {"aks_dataplane_kube_proxy": {"mode": "IPTABLES"}}

    run = fleet.run(**declared)

    assert run.returncode == 0, run.stdout + run.stderr
    (page,) = (tmp_path / "runs").rglob("*.html")
    assert f"aks-a: report {page}" in run.stdout
    assert page.with_suffix(".md").is_file()
