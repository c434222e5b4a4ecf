# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as users and surveys give them, and variables that are set to nothing."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._run import numbers
from ansible_collections.aks.dataplane.plugins.module_utils._run.settings import FIELDS, Settings, variable_names

from tests.support.simulator import ROOT

SERIAL, SHARE = "aks_dataplane_serial", "aks_dataplane_max_fail_percentage"
SECONDS = ("aks_dataplane_wait_timeout", "aks_dataplane_rollout_timeout", "aks_dataplane_poll_interval")


@pytest.mark.parametrize("value", [1, 20, "1", "20", " 3 ", "1%", "50%", "100%", [1, "25%"], ["1", "25%", "100%"], [5]])
def test_how_many_at_a_time(value: t.Any) -> None:
    assert numbers.objection({SERIAL: value}) == ""


@pytest.mark.parametrize(
    "value",
    [
        "abc",
        0,
        "0",
        -1,
        "-1",
        1.5,
        "1.5",
        "0%",
        "101%",
        "%",
        "-5%",
        "1,2",
        "[1, '25%']",
        True,
        None,
        [],
        [0],
        [1, "abc"],
        [1, ""],
        [[1]],
        {},
    ],
)
def test_what_ansible_would_take_for_all_of_them_or_end_with_a_traceback(value: t.Any) -> None:
    reported = numbers.objection({SERIAL: value})
    assert reported.startswith(f"{SERIAL} is ")
    assert "must be a whole number, 1 or greater, a share from 1% to 100%, or a list of these" in reported


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        (SHARE, [0, "0", 12.5, "12.5", 100, "20%"], ""),
        (SHARE, ["abc", -1, "-1", 101, "100.5", True, None, [], "%"], "a number from 0 to 100"),
        *((name, [1, "1", 3600, " 5 "], "") for name in SECONDS),
        *((name, [0, "0", -1, "abc", 1.5, "1.5", True, None, [1]], "a whole number of seconds, 1 or greater") for name in SECONDS),
        ("aks_dataplane_ruleset_confirm_timeout", [0, "0", 60], ""),
        ("aks_dataplane_ruleset_confirm_timeout", [-1, "soon"], "a whole number of seconds, or 0 for none"),
    ],
)
def test_other_numbers(name: str, values: list[t.Any], what: str) -> None:
    for value in values:
        reported = numbers.objection({name: value})
        assert (reported == "") if not what else (reported.startswith(f"{name} is ") and reported.endswith(f", but must be {what}.")), value


def test_a_variable_that_is_set_to_nothing_is_not_set() -> None:
    """It has the default, as if it had not been named; that it is empty is known, for the specifications of the roles do not take it."""
    host = {"inventory_hostname": "blue"}
    names = [
        name for name in variable_names() if name not in ("inventory_hostname", "groups", "ansible_play_hosts_all", "ansible_check_mode")
    ]
    plain = Settings.from_variables(host)
    assert (plain.rollback, plain.kubernetes, plain.register_feature) == (True, True, True)
    for name in names:
        for nothing in ("", " "):
            found = Settings.from_variables({**host, name: nothing})
            assert found.empty == (name,)
            assert found == dataclasses.replace(plain, empty=(name,)), name


def test_every_variable_of_the_roles_is_looked_at() -> None:
    """Of those that the playbooks check together."""
    roles = ("feature_registration", "preflight", "switchover", "verification")
    options = {
        name
        for role in roles
        for name in yaml.safe_load((ROOT / "roles" / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"][
            "main"
        ]["options"]
    }
    assert "aks_dataplane_exec" in options
    assert options <= set(variable_names())
    assert set(FIELDS) <= set(variable_names())
