# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editors, commits and the forge ask for what make asks for, and for nothing else."""

from __future__ import annotations

import ast
import configparser
import re
import typing as t
from pathlib import Path

import pytest
import tomllib
import yaml

ROOT = Path(__file__).parents[2]


def load(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_workflow_runs_what_ci_runs() -> None:
    (job,) = load(".github/workflows/test.yml")["jobs"].values()
    commands = "\n".join(step.get("run", "") for step in job["steps"]).splitlines()
    assert [command.strip() for command in commands if "make " in command and "install" not in command] == ["make test"]
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_a_commit_is_checked_by_programs_of_the_lint_session() -> None:
    (repository,) = load(".pre-commit-config.yaml")["repos"]
    lint = (ROOT / "noxfile.py").read_text(encoding="utf-8").partition("def lint(")[2].partition("@nox.session")[0]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        program, *arguments = hook["entry"].split()
        words = [Path(program).name, *(argument for argument in arguments if argument != "--force-exclude")]
        assert program.startswith(".venv/bin/")
        assert ", ".join(f'"{word}"' for word in words) in lint, hook["entry"]


def test_editors_keep_the_lengths_that_the_linters_ask_for() -> None:
    editor = configparser.ConfigParser()
    editor.read_string("[root]\n" + (ROOT / ".editorconfig").read_text(encoding="utf-8"))
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert editor["*"]["max_line_length"] == str(ruff["line-length"])
    assert editor["*.{yml,yaml,json}"]["max_line_length"] == str(load(".yamllint")["rules"]["line-length"]["max"])


def test_templates_of_the_forge_are_forms_that_it_accepts() -> None:
    forms = [path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert forms
    for path in forms:
        form = load(str(path.relative_to(ROOT)))
        assert {"name", "description", "body"} <= set(form)
        ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
        assert len(ids) == len(set(ids)) > 0
        assert all(field["attributes"]["label"] for field in form["body"] if field["type"] != "markdown")
        assert {field["type"] for field in form["body"]} <= {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    template = (ROOT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z-]+)`", template)) <= set(targets)


# Where answers, files and outputs of others become values of ours.
READERS = ("_aks", "_arm", "_common", "_files", "_inventory", "_kube", "_observe", "_record")
# The first; one that says where in an operator's file the fault is; and those that read what this collection has written itself.
JSON_READERS = {"json_text.py", "json_file.py", "packed_body.py", "shared_content.py", "stepping.py"}


def sources() -> list[Path]:
    return sorted(path for reader in READERS for path in (ROOT / "plugins" / "module_utils" / reader).rglob("*.py"))


def is_empty(node: ast.expr) -> bool:
    return (isinstance(node, ast.Dict) and not node.keys) or (isinstance(node, (ast.List, ast.Tuple)) and not node.elts)


@pytest.mark.parametrize("path", sources(), ids=lambda path: "/".join(path.parts[-2:]))
def test_nothing_from_outside_is_taken_for_an_object_because_it_is_not_empty(path: Path) -> None:
    """C(x or {}) lets a text, a number or a list through: the functions of _common/json_parts.py say what is to be there."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and is_empty(node.values[-1])
    ]
    assert found == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: "/".join(path.parts[-2:]))
def test_json_from_outside_is_read_in_one_place(path: Path) -> None:
    """Of which nothing but its own exception comes."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("load", "loads", "safe_load", "safe_load_all")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("json", "yaml")
    ]
    assert found == [] or path.name in JSON_READERS | {"yaml_text.py"}
