# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible's check of a specification finds, as sentences."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.aks.dataplane.plugins.module_utils._run.wrong_values import sentences

SPEC = {
    "flag": {"type": "bool"},
    "number": {"type": "int"},
    "mapping": {"type": "dict"},
    "numbers": {"type": "list", "elements": "int"},
    "word": {"type": "str", "choices": ["a", "b"]},
    "inside": {"type": "dict", "options": {"flag": {"type": "bool"}, "deep": {"type": "dict", "options": {"number": {"type": "int"}}}}},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"flag": "perhaps"}, "value of flag must be true or false, got: perhaps."),
        ({"number": "soon"}, "value of number must be a whole number, got: soon."),
        ({"mapping": "text"}, "value of mapping must be a dictionary."),
        ({"numbers": ["x"]}, "each element of numbers must be a whole number, got: x."),
        ({"word": "c"}, "value of word must be one of: a, b, got: c."),
        ({"inside": {"flag": "x"}}, "value of flag in inside must be true or false, got: x."),
        ({"inside": {"deep": {"number": "x"}}}, "value of number in inside -> deep must be a whole number, got: x."),
        ({"inside": {"other": 1}}, "inside.other is unknown. Known are: deep, flag."),
        ({"flag": "x" * 500}, "value of flag must be true or false."),
    ],
)
def test_one_sentence_for_each_wrong_value(given: dict[str, t.Any], expected: str) -> None:
    """Of a wrong number, older versions of Ansible do not say what it was."""
    unsaid = f"{expected.partition(', got: ')[0]}." if "number" in expected and ", got: " in expected else expected
    (sentence,) = sentences(ArgumentSpecValidator(SPEC).validate(given).error_messages)
    assert sentence in (expected, unsaid)


@pytest.mark.parametrize(("required", "expected"), [(["one"], "one is missing."), (["one", "two"], "one and two are missing.")])
def test_what_is_missing(required: list[str], expected: str) -> None:
    spec = {name: {"required": True} for name in required}
    assert sentences(ArgumentSpecValidator(spec).validate({}).error_messages) == [expected]


def test_what_is_not_known_stays() -> None:
    assert sentences(["Something else"]) == ["Something else."]
