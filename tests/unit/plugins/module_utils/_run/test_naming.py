# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of modules name the variable that the user of a playbook sets."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run import checks, naming, outcome
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import Settings

ROOT = pathlib.Path(__file__).resolve().parents[5]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Check the option name and the option resource_group.", "Check aks_dataplane_cluster and aks_dataplane_resource_group."),
        ("Add KP11 to the option ignore.", "Add KP11 to aks_dataplane_ignore."),
        ("Set the option enable_acns to true.", "Set aks_dataplane_enable_acns to true."),
        ("Check that the option tenant is right.", "Check that the option tenant is right."),
        ("The option names are long.", "The option names are long."),
        ("", ""),
    ],
)
def test_options_become_variables(text: str, shown: str) -> None:
    assert naming.in_variables(text) == shown


def test_every_variable_exists() -> None:
    specs = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
    # The inventory plugin sets that of a subscription; it is for no role alone.
    for name in (*naming._RENAMED, *naming._ALIKE):
        variable = naming.in_variables(f"the option {name}")
        assert f"{variable}:" in specs or variable == "aks_dataplane_subscription_id", variable


def test_findings_and_failures_name_variables() -> None:
    words = {"subject": "cluster a", "message": "No.", "remedy": "Add KP11 to the option ignore."}
    finding = {"id": "KP11", "severity": "error", "not_checked": False, **words}
    (line,) = checks.lines([finding], Settings("a"))
    assert line["text"] == "cluster a: No. Add KP11 to aks_dataplane_ignore."
    assert outcome.failure_text({"msg": "Check the option resource_group."}) == "Check aks_dataplane_resource_group."
