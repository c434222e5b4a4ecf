# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Editors, commits and the forge ask for what make asks for, and for nothing else."""

from __future__ import annotations

import configparser
import re
import typing as t
from pathlib import Path

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
