# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages of the documentation describe: terms of definition lists, error codes, rules. Other tests hold these pages to the code."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

from .model import Name, Names

_TERMS = re.compile(r"^(``\w+``(?:, ``\w+``)*)$")
_LITERAL = re.compile(r"``(\w+)``")
_TITLE = re.compile(r"^\S.*\n-+$", re.MULTILINE)
_RULE = re.compile(r"^([A-Z]{2}\d{2}): ", re.MULTILINE)


def page_text(root: Path, name: str) -> str:
    """The source of a page of the documentation."""
    return (root / "docs" / "docsite" / "rst" / f"{name}.rst").read_text(encoding="utf-8")


def definitions(text: str) -> dict[str, set[str]]:
    """By term: the words in literals of its description, but for those that are described together."""
    found: dict[str, set[str]] = {}
    terms: list[str] = []
    for line in text.splitlines():
        if line.startswith(" "):
            for term in terms:
                found[term] |= set(_LITERAL.findall(line)) - set(terms)
        elif line:
            terms = _LITERAL.findall(line) if _TERMS.match(line) else []
            for term in terms:
                found.setdefault(term, set())
    return found


def add_described(root: Path, names: t.Mapping[str, Name]) -> dict[str, Name]:
    """The names, each also with the values that the page of results has for it."""
    results = definitions(page_text(root, "reference_results"))
    return {
        name: dataclasses.replace(known, values=tuple(sorted({*known.values, *results.get(name, ())}))) for name, known in names.items()
    }


def described_names(root: Path, names: Names) -> Names:
    """Error codes and rules; of C(names), the statistics with their values, and the verdicts."""
    results = definitions(page_text(root, "reference_results"))
    # The last section is about codes of Azure.
    errors = page_text(root, "reference_errors")
    own = errors[: [title.start() for title in _TITLE.finditer(errors)][-1]]
    verdicts = names["module_options"]["aks_run_record.verdict"].values
    return {
        "error_codes": {code: Name() for code in definitions(own)},
        "rules": {rule: Name() for rule in _RULE.findall(page_text(root, "reference_preflight"))},
        "statistics": add_described(root, names["statistics"]),
        "verdicts": {verdict: Name() for verdict in verdicts if verdict in results},
    }
