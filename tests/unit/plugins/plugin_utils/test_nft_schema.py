# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The JSON Schema, the plain check, the argument spec and the documentation of tables as data say the same."""

from __future__ import annotations

import copy
import sys
import typing as t

import jsonschema
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.doc_fragments.nft_tables import ModuleDocFragment
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._common.missing_library import MissingLibrary
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_option import shape_problems
from ansible_collections.aks.dataplane.plugins.module_utils._nft.tables_spec import MIXED, SUBOPTIONS
from ansible_collections.aks.dataplane.plugins.plugin_utils._nft_schema import SCHEMA, convert_tables, validate
from hypothesis import given
from hypothesis import strategies as st

from tests.support.nft.tables import COMPLETE, ITEMS, TABLES

SPEC = {"tables": {"type": "list", "elements": "dict", "options": SUBOPTIONS}}


def argument_errors(tables: t.Any) -> list[str]:
    return ArgumentSpecValidator(SPEC).validate({"tables": tables}).error_messages


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_complete() -> None:
    assert validate(COMPLETE) == []
    assert list(shape_problems(COMPLETE)) == []
    assert argument_errors(copy.deepcopy(COMPLETE)) == []


def test_complete_has_every_option() -> None:
    def missing(options: t.Mapping[str, t.Any], given: list[dict[str, t.Any]], path: str) -> t.Iterator[str]:
        for name, spec in options.items():
            found = [item[name] for item in given if name in item]
            if not found:
                yield f"{path}.{name}"
            if spec.get("elements") == "dict":
                yield from missing(spec["options"], [item for items in found for item in items], f"{path}.{name}")
            if spec.get("elements") == "raw":
                yield from missing(MIXED[name], [item for items in found for item in items if isinstance(item, dict)], f"{path}.{name}")

    assert list(missing(SUBOPTIONS, COMPLETE, "tables")) == []


@given(TABLES)
def test_the_same_is_wrong_with_any_tables(tables: list[dict[str, t.Any]]) -> None:
    wrong = bool(list(shape_problems(tables)))
    assert bool(validate(tables)) == wrong
    assert bool(argument_errors(copy.deepcopy(tables))) == wrong


@given(st.sampled_from(list(ITEMS)).flatmap(lambda name: st.tuples(st.just(name), ITEMS[name])))
def test_the_same_is_wrong_with_any_item(given_item: tuple[str, dict[str, t.Any]]) -> None:
    name, item = given_item
    table: dict[str, t.Any] = {"family": "ip", "name": "t"}
    if name == "rules":
        table["chains"] = [{"name": "c", "rules": [item]}]
    else:
        table["sets"] = [{"name": "s", "type": "ipv4_addr", "elements": [item]}]
    assert bool(validate([table])) == bool(list(shape_problems([table])))


# Anything at all in place of one value.
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just(["lo"]),
    st.sampled_from(["a\n", "1h\n", "x" * 129]),
)


def places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@given(st.sampled_from([path for path in places(COMPLETE) if path]), ANY)
def test_the_same_is_wrong_after_any_change(path: tuple[t.Any, ...], value: t.Any) -> None:
    tables = copy.deepcopy(COMPLETE)
    inner: t.Any = tables
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert bool(validate(tables)) == bool(list(shape_problems(tables)))


@pytest.mark.parametrize(
    ("tables", "problems"),
    [
        ({}, ["tables: {} is not of type 'array'"]),
        ([{"family": "ip"}], ["tables[0]: 'name' is a required property"]),
        (
            [{"family": "ip", "name": "a b"}],
            ["tables[0].name: has to be a name of letters, digits and _ . - that does not begin with a digit or -"],
        ),
        (
            [{"family": "ip", "name": "a\n"}],
            ["tables[0].name: has to be a name of letters, digits and _ . - that does not begin with a digit or -"],
        ),
        (
            [{"family": "ip", "name": "t", "chains": [{"name": "c", "hook": "input", "type": "filter"}]}],
            ["tables[0].chains[0]: 'priority' is a dependency of 'hook'", "tables[0].chains[0]: 'priority' is a dependency of 'type'"],
        ),
        ([{"family": "ip", "name": "t", "comment": None, "chains": None}], []),
    ],
    ids=str,
)
def test_problems(tables: t.Any, problems: list[str]) -> None:
    assert validate(tables) == problems


def test_conversion() -> None:
    chain = {"name": "c", "type": "filter", "hook": "input", "priority": -10, "rules": ["accept"]}
    (table,) = convert_tables(
        [{"family": "ip", "name": "t", "chains": [chain], "sets": [{"name": "s", "type": "mark", "timeout": 90, "size": "7"}]}]
    )
    assert table["chains"][0]["priority"] == "-10"
    assert (table["sets"][0]["timeout"], table["sets"][0]["size"]) == ("90", 7)


@pytest.mark.parametrize(
    ("tables", "reported"),
    [([{"family": "ip"}], "name"), ([{"family": "ip", "name": "a b"}], r"tables\[0\].name: has to be"), ("x", "dict"), (None, "tables")],
)
def test_conversion_tells_what_is_wrong(tables: t.Any, reported: str) -> None:
    with pytest.raises(DataplaneError, match=reported) as caught:
        convert_tables(tables)
    assert caught.value.code == "InvalidDeclaration"
    assert caught.value.details["problems"]


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(MissingLibrary, match="jsonschema"):
        validate([])


def test_the_documentation_has_the_same_options() -> None:
    def plain(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        return {
            name: {
                **{key: spec[key] for key in ("type", "elements", "required", "choices") if key in spec},
                "inner": plain(spec.get("options") or spec.get("suboptions") or {}),
            }
            for name, spec in options.items()
        }

    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert plain(documented) == plain(SPEC)
