# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several files have to say alike comes from one source."""

from __future__ import annotations

import collections
import json
import pathlib
import re
import typing as t

import pytest
import yaml

from tools.copies.fill import SOURCE, fill, read_texts, targets

TEXTS = read_texts(SOURCE.read_text(encoding="utf-8"))
# A mapping of this length, as JSON, says more than a name and a type.
NOTEWORTHY = 100

EXAMPLE = """\
---
# About them.
colour:
  description: Its colour.
  options: # tools/copies shades
shades:
  dark:
    type: bool
"""


@pytest.mark.parametrize("path", targets(), ids=str)
def test_a_file_has_the_texts_of_the_source(path: pathlib.Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text == fill(text, TEXTS), "run: python -m tools.copies"


def test_every_text_of_the_source_is_used() -> None:
    marked = "\n".join(path.read_text(encoding="utf-8") for path in targets())
    used = {name or key for key, name in re.findall(r"(\w+):(?: &\w+)? # tools/copies(?: (\w+))?$", marked, re.MULTILINE)}
    assert used == set(TEXTS)


def test_no_other_option_or_return_value_is_described_alike_in_two_files() -> None:
    places = collections.defaultdict(set)
    for path in targets():
        for described in mappings(own_part(path)):
            places[json.dumps(described, sort_keys=True)].add(path)
    assert [text for text, paths in places.items() if len(text) > NOTEWORTHY and len(paths) > 1] == []


def own_part(path: pathlib.Path) -> t.Any:
    """What a specification or a RETURN says itself: nothing below the marks."""
    text = fill(path.read_text(encoding="utf-8"), dict.fromkeys(TEXTS, ()))
    return yaml.safe_load(text.partition('RETURN = r"""')[2].partition('"""')[0] if path.suffix == ".py" else text)


def mappings(data: t.Any) -> t.Iterator[dict[str, t.Any]]:
    if isinstance(data, dict):
        yield data
    for child in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from mappings(child)


def test_a_mark_gets_its_text_and_those_within_it() -> None:
    before = "wall:\n  paint: # tools/copies colour\n    description: An old text.\n\n  height:\n    type: int\n"
    after = fill(before, read_texts(EXAMPLE))
    assert after == (
        "wall:\n"
        "  paint: # tools/copies colour\n"
        "    description: Its colour.\n"
        "    options: # tools/copies shades\n"
        "      dark:\n"
        "        type: bool\n"
        "\n"
        "  height:\n"
        "    type: int\n"
    )
    assert fill(after, read_texts(EXAMPLE)) == after


def test_a_mark_without_a_name_is_for_the_text_of_its_key_and_keeps_an_anchor() -> None:
    assert fill("colour: &colour # tools/copies\n", {"colour": ["type: str"]}) == "colour: &colour # tools/copies\n  type: str\n"


def test_a_mark_for_a_text_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="color"):
        fill("color: # tools/copies\n", read_texts(EXAMPLE))
