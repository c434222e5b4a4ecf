# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of variables that are nearly those of the collection, and the list of those that it has."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._run.known_variables import KNOWN
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import variable_names
from ansible_collections.aks.dataplane.plugins.module_utils._run.unknown_variables import ALLOWED, judge, listed
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.simulator import ROOT
from tools import known_variables

# Groups and modules that are named like variables, and the beginnings of names that texts shorten.
OTHERS = {"aks_dataplane_listed", "aks_dataplane_status_info", "aks_dataplane_step_", "aks_dataplane_ruleset_", "aks_dataplane_"}
# Misspelt or custom on purpose.
SHOWN = {"aks_dataplane_rolback", "aks_dataplane_team"}
NAMES = re.compile(r"(?<![\w.])aks_dataplane_\w*")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("aks_dataplane_rolback", "aks_dataplane_rollback"),
        ("aks_dataplane_rollbakc", "aks_dataplane_rollback"),
        ("aks_dataplane_roll_back", "aks_dataplane_rollback"),
        ("aks_dataplane_Rollback", "aks_dataplane_rollback"),
        ("aks_dataplane_kubeproxy", "aks_dataplane_kube_proxy"),
        ("aks_dataplane_hostrouting", "aks_dataplane_host_routing"),
        ("aks_dataplane_resourcegroup", "aks_dataplane_resource_group"),
        ("aks_dataplane_kube_config", "aks_dataplane_kubeconfig"),
        ("aks_dataplane_recorddir", "aks_dataplane_record_dir"),
        ("aks_dataplane_serail", "aks_dataplane_serial"),
        ("aks_dataplane_ignored", "aks_dataplane_ignore"),
        ("aks_dataplane_node", "aks_dataplane_nodes"),
        ("aks_dataplan_rollback", "aks_dataplane_rollback"),
        ("ask_dataplane_rollback", "aks_dataplane_rollback"),
        ("aks_data_plane_rollback", "aks_dataplane_rollback"),
        ("ask_dataplne_rollback", "aks_dataplane_rollback"),
        ("akks_datpalane_rollback", "aks_dataplane_rollback"),
        ("ks_dataplnae_rollback", "aks_dataplane_rollback"),
        ("aks_dataplane_known_variable", ALLOWED),
    ],
)
def test_what_is_nearly_a_variable_is_refused(name: str, meant: str) -> None:
    judgement = judge(["inventory_hostname", name])
    assert judgement.misspelt == ((name, meant),)
    assert f"{name} is not a variable of aks.dataplane: did you mean {meant}?" in judgement.refusal
    assert judgement.warnings == []


@pytest.mark.parametrize("name", ["aks_dataplane_team", "aks_dataplane_cost_centre", "aks_dataplane_"])
def test_other_unknown_ones_cause_a_warning(name: str) -> None:
    judgement = judge([name])
    assert judgement.refusal == ""
    (text,) = judgement.warnings
    assert text.startswith(f"{name} is not a variable of aks.dataplane and is ignored.")
    assert ALLOWED in text


@pytest.mark.parametrize(
    "name",
    [
        "team",
        "aks_location",
        "aks_kubernetes_version",
        "ansible_host",
        "__aks_dataplane_rollbac",
        "_aks_dataplane_x",
        "my_dataplane",
        7,
        "",
    ],
)
def test_what_is_of_something_else_is_none_of_its_business(name: t.Any) -> None:
    judgement = judge([name])
    assert (judgement.refusal, judgement.warnings) == ("", [])


def test_known_ones_may_be_near_to_each_other() -> None:
    """Such as aks_dataplane_audit next to aks_dataplane_audit_file, or aks_dataplane_exec."""
    assert judge([*KNOWN, *variable_names()]).refusal == ""
    assert judge([*KNOWN, *variable_names()]).warnings == []


def test_custom_names_can_be_allowed() -> None:
    assert judge(["aks_dataplane_rolback", "aks_dataplane_team"], ("aks_dataplane_rolback", "aks_dataplane_team")) == judge([])
    assert judge(["aks_dataplane_rolback", "aks_dataplane_team"], ("aks_dataplane_rolback",)).unknown == ("aks_dataplane_team",)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["a", "b"], ("a", "b")),
        (("a",), ("a",)),
        ("a,b", ("a", "b")),
        (" a, b ", ("a", "b")),
        ("a b\nc", ("a", "b", "c")),
        ("", ()),
        (None, ()),
        ([], ()),
    ],
)
def test_how_they_are_listed(value: t.Any, names: tuple[str, ...]) -> None:
    assert listed(value) == names


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_two_wrong_letters_are_still_noticed(name: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(len("aks_dataplane_"), len(name) - 1), min_size=1, max_size=2))
    wrong = name
    for at in places:
        wrong = wrong[:at] + data.draw(st.sampled_from("qxz7")) + wrong[at + 1 :]
    assume(wrong not in KNOWN)
    judgement = judge([wrong])
    assert [one for one, _meant in judgement.misspelt] == [wrong]


@given(st.lists(st.one_of(st.text(), st.sampled_from(sorted(KNOWN))), max_size=20))
def test_each_name_has_one_fate(names: list[str]) -> None:
    judgement = judge(names)
    misspelt = {name for name, _meant in judgement.misspelt}
    assert misspelt.isdisjoint(judgement.unknown)
    assert (misspelt | set(judgement.unknown)) <= set(names) - KNOWN
    assert {meant for _name, meant in judgement.misspelt} <= {*KNOWN, *variable_names()}


def test_the_list_is_up_to_date() -> None:
    assert known_variables.TARGET.read_text(encoding="utf-8") == known_variables.text(ROOT), "run python -m tools.known_variables"


@pytest.mark.parametrize(
    "pattern",
    [
        *("roles/**/*.yml", "roles/*/README.md", "playbooks/**/*.yml", "awx/*", "examples/**/*.*", "docs/docsite/rst/*.rst", "README.md"),
        *("plugins/modules/*.py", "plugins/inventory/*.py", "plugins/module_utils/_inventory/*.py"),
    ],
)
def test_the_list_is_complete(pattern: str) -> None:
    """No variable is written anywhere that a run would warn of."""
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(ROOT.glob(pattern)) if file.is_file()}
    found = {name for text in texts.values() for name in NAMES.findall(text)}
    assert found
    assert found - KNOWN - OTHERS - SHOWN == set()
