# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of the field: prose, messages, documentation and comments use the terms that operators know and search for."""

from __future__ import annotations

import ast
import io
import pathlib
import re
import tokenize
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# In what users read, and in comments: expression to avoid, and what to write instead.
AVOIDED = {
    r"tells?|told": "return, report, list, show, explain",
    r"go(es|ing|ne)? back|went back|ways? back": "roll back, rollback",
    r"former configuration|configuration from before": "previous configuration",
    r"prov(e|es|ed|en|ing)|proofs?|disproof": "verify, verification",
    r"(stands?|is|are) in (the|its|their|nobody's) way": "blocks, blocker",
    r"of (yours|others|its own|their own|your own|our own)": "custom, third-party, separate",
    r"is not well|are not well|could not be had": "unhealthy, unavailable, unreachable",
    r"at once": "immediately, atomically, at a time",
    r"beside": "next to, besides",
    r"mostly|as a rule": "usually",
    r"an own": "a custom",
}
# By file: words that are names there, or meant literally.
EXCEPTIONS = {
    # Names of AWX objects, of a playbook, and of nodes of a workflow, which users have.
    "docs/docsite/rst/guide_awx.rst": "go back",
    "docs/sphinx/index.rst": "go back",
    "awx/job_templates.yml": "go back",
    "awx/workflows.yml": "go back",
    "awx/teams.yml": "go back",
}
PROSE = (
    "*.md",
    "docs/**/*.md",
    "docs/**/*.rst",
    "examples/**/*.md",
    "awx/*.md",
    "roles/*/README.md",
    "extensions/**/*.md",
    "execution-environment/*.md",
)
YAML = ("roles/**/*.yml", "playbooks/**/*.yml", "awx/*.yml", "examples/**/*.yml", "plugins/**/*.yml", "tools/**/*.yml")
# Not rewritten: what was released, and what everybody has agreed to.
HISTORY = ("CHANGELOG.md", "CODE_OF_CONDUCT.md")


def _files(patterns: t.Iterable[str]) -> list[pathlib.Path]:
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.name not in HISTORY and ".venv" not in path.parts)


def _sentences(source: str) -> t.Iterator[tuple[int, str]]:
    """Line and text of comments, and of strings with more than one word: a single one is a name or a value."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _literals_away(text: str) -> str:
    """Without names of files, and what is in quotes of code: names and values."""
    return re.sub(r"``[^`]*``|`[^`]*`|\b[A-Z]\([^)]*\)|\S+\.(?:yml|py)\b", "", text)


def found_in(text: str, allowed: str = "") -> list[str]:
    """What of AVOIDED the text has, with the replacement."""
    plain = _literals_away(text)
    if allowed:
        plain = re.sub(allowed, "", plain, flags=re.IGNORECASE)
    matches = ((found, instead) for words, instead in AVOIDED.items() for found in re.finditer(rf"\b(?:{words})\b", plain, re.IGNORECASE))
    return [f"{found[0]!r}: write {instead}" for found, instead in matches]


@pytest.mark.parametrize("path", _files(PROSE + YAML), ids=lambda path: str(path.relative_to(ROOT)))
def test_prose(path: pathlib.Path) -> None:
    allowed = EXCEPTIONS.get(str(path.relative_to(ROOT)), "")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [(number, problem) for number, line in enumerate(lines, 1) for problem in found_in(line, allowed)] == []


@pytest.mark.parametrize("path", _files(("plugins/**/*.py",)), ids=lambda path: str(path.relative_to(ROOT)))
def test_messages_and_comments(path: pathlib.Path) -> None:
    found = list(_sentences(path.read_text(encoding="utf-8")))
    assert [(line, problem) for line, text in found for problem in found_in(text)] == []


@pytest.mark.parametrize("path", _files(PROSE), ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_can_be_copied(path: pathlib.Path) -> None:
    """Without a prompt; their output has a block of its own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if re.match(r"\s*[$>] |.*(```|code-block:: )console", line)] == []


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("The audit tells which data plane it is.", ["'tells': write return, report, list, show, explain"]),
        ("The verdict is ``not_proved``, V(proved) or `proved`.", []),
        ("NFTABLES is proved on 3 nodes.", ["'proved': write verify, verification"]),
        ("See what stands in the way.", ["'stands in the way': write blocks, blocker"]),
        ("The playbook go_back rolls back.", []),
        ("It fills the whole besides that.", []),
    ],
)
def test_what_counts(text: str, problems: list[str]) -> None:
    assert found_in(text) == problems
