# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that writes tables as nft text."""

from __future__ import annotations

import copy
import typing as t

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.aks.dataplane.plugins.filter import to_nft as plugin
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import from_tables

from tests.support.nft.tables import COMPLETE

to_nft = plugin.FilterModule().filters()["to_nft"]


def test_the_text_is_that_of_the_module() -> None:
    assert to_nft(copy.deepcopy(COMPLETE)) == from_tables(COMPLETE).text


def test_one_table() -> None:
    assert to_nft({"family": "ip", "name": "t"}) == "table ip t {\n}\n"


def test_numbers_that_stand_for_text() -> None:
    table = {"family": "ip", "name": "t", "chains": [{"name": "c", "type": "filter", "hook": "input", "priority": -10}]}
    assert "priority -10;" in to_nft(table)


def test_the_example_gives_the_sample() -> None:
    (task,) = yaml.safe_load(plugin.EXAMPLES)
    assert to_nft(task["vars"]["tables"]) == yaml.safe_load(plugin.RETURN)["_value"]["sample"]


@pytest.mark.parametrize(
    ("tables", "reported"),
    [
        ([{"family": "ip"}], "name"),
        ([{"family": "ip", "name": "t", "colour": "red"}], "colour"),
        ("text", "tables"),
        ([{"family": "ip", "name": "a b"}], r"tables\[0\].name: has to be a name"),
        (
            [{"family": "ip", "name": "t", "chains": [{"name": "c", "rules": ["accept; drop"]}]}],
            r"tables\[0\].chains\[0\].rules\[0\]: it has to be one rule",
        ),
    ],
)
def test_wrong_tables(tables: t.Any, reported: str) -> None:
    with pytest.raises(AnsibleFilterError, match=reported):
        to_nft(tables)
