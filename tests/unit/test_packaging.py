# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as it is shipped: its metadata agree with its files, and what is built installs and works by itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import typing as t
from pathlib import Path

import pytest
import yaml

from tools.public_names.documentation import texts

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
# Folders with an underscore hold what the roles share.
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir() if not path.name.startswith("_"))
PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))

# What a user gets; everything else in the checkout is for its developers.
SHIPPED = {
    *("FILES.json", "MANIFEST.json"),
    *(".ansible-lint", "CHANGELOG.md", "COPYING", "LICENSES", "README.md", "REUSE.toml", "requirements.txt"),
    *("awx", "changelogs", "docs", "examples", "meta", "playbooks", "plugins", "roles"),
}


def load(name: str) -> t.Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def documentation(module: str) -> dict[str, t.Any]:
    """What a module documents, in its file or in one next to it, without its fragments."""
    file = ROOT / "plugins" / "modules" / f"{module}.py"
    found = [texts(path) for path in (file, file.with_suffix(".yml")) if path.exists()]
    return next(found_there["DOCUMENTATION"] for found_there in found if "DOCUMENTATION" in found_there)


def test_the_action_group_holds_every_module_that_takes_azure_credentials() -> None:
    takes_credentials = [name for name in MODULES if "aks.dataplane.azure" in documentation(name)["extends_documentation_fragment"]]
    runtime = load("meta/runtime.yml")
    assert runtime["action_groups"]["azure"] == takes_credentials


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_named_as_its_file(module: str) -> None:
    assert documentation(module)["module"] == module


def test_every_action_plugin_has_a_module_with_its_documentation() -> None:
    assert {path.stem for path in (ROOT / "plugins" / "action").glob("*.py")} <= set(MODULES)


def test_no_other_collection_is_needed() -> None:
    assert load("galaxy.yml")["dependencies"] == {}


def test_the_execution_environment_gets_the_files_it_names() -> None:
    for name in load("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / name).is_file()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_its_argument_specs_and_readme(role: str) -> None:
    entry_points = set(load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"])
    tasks = {path.stem for path in (ROOT / "roles" / role / "tasks").glob("*.yml")}
    # Further task files of a role with an entry point main may be its own; without one, every file is an entry point.
    assert entry_points <= tasks
    # That of run_record is a dependency of the others, where a specification would be one more task of each of them.
    assert "main" in entry_points if "main" in tasks and role != "run_record" else entry_points == tasks - {"main"}
    assert (ROOT / "roles" / role / "README.md").stat().st_size > 0


# The role that only the others use says so instead.
@pytest.mark.parametrize("role", [role for role in ROLES if role != "run_record"])
def test_the_readme_of_a_role_has_its_variables(role: str) -> None:
    specs = load(f"roles/{role}/meta/argument_specs.yml")["argument_specs"].values()
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(aks_dataplane_\w+)` \|", readme, re.MULTILINE)) == {
        name for spec in specs for name in spec.get("options", {})
    }


def test_version_added_names_a_version_that_there_is() -> None:
    """Of this collection: the released ones, and the one in the making."""
    # Before the first release there was 0.1.0.
    known = {"0.1.0", *load("changelogs/changelog.yaml")["releases"], load("galaxy.yml")["version"]}
    for folder in ("plugins", "roles"):
        for file in (ROOT / folder).rglob("*.*"):
            if file.suffix in (".py", ".yml"):
                named = re.findall(r"""^\s*(?:- )?version_added: ["']?([\w.-]+)""", file.read_text(encoding="utf-8"), re.MULTILINE)
                assert set(named) <= known, file


def test_galaxy_takes_the_metadata() -> None:
    """Its importer refuses the tarball otherwise."""
    galaxy = load("galaxy.yml")
    assert all(len(author) <= 64 for author in galaxy["authors"])
    assert len(galaxy["tags"]) <= 20
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", tag) for tag in galaxy["tags"])


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    program("ansible-galaxy", "collection", "build", "--output-path", str(folder), str(ROOT), home=folder)
    (built,) = folder.glob("*.tar.gz")
    return built


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An otherwise empty collections folder with the built collection."""
    folder = tmp_path_factory.mktemp("collections")
    program("ansible-galaxy", "collection", "install", "--offline", "--collections-path", str(folder), str(tarball), home=folder)
    return folder


def program(name: str, *arguments: str, home: Path) -> str:
    """Run one of ansible-core's programs, with the collections in C(home) only; what it wrote on stdout."""
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "PYTHONPATH"))},
        "ANSIBLE_HOME": str(home / "home"),
        "ANSIBLE_COLLECTIONS_PATH": str(home),
        # The checkout is on sys.path of the development environment.
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "LC_ALL": "C.UTF-8",
    }
    command = [str(Path(sys.executable).parent / name), *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_the_tarball_holds_what_a_user_needs_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    shipped = {name.partition("/")[0] for name in names}
    assert shipped == SHIPPED
    assert "changelogs/changelog.yaml" in names
    assert [name for name in names if "__pycache__" in name or "/fragments/" in name] == []
    assert [name for name in names if name.startswith(("docs/decisions", "docs/sphinx"))] == [], "they are for developers"
    assert {"awx/workflows.yml", "examples/awx/load.yml", "examples/awx/project/playbooks/kube_proxy.yml"} <= set(names), (
        "the example needs them"
    )


def test_links_of_the_installed_texts_lead_somewhere(installed: Path) -> None:
    """To a file that is in the tarball, or to an address."""
    root = installed / "ansible_collections" / "aks" / "dataplane"
    links = [
        (file, target) for file in root.rglob("*.md") for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.read_text(encoding="utf-8"))
    ]
    relative = [(file, target) for file, target in links if not target.startswith(("https://", "mailto:"))]
    broken = [f"{file.relative_to(root)}: {target}" for file, target in relative if not (file.parent / target).exists()]
    assert len(relative) > 10
    assert broken == []


def test_every_module_is_documented_from_the_installed_tarball(installed: Path) -> None:
    names = [f"aks.dataplane.{module}" for module in MODULES]
    reported = json.loads(program("ansible-doc", "--json", "--type", "module", *names, home=installed))
    assert sorted(reported) == names
    assert {Path(entry["doc"]["filename"]).is_relative_to(installed) for entry in reported.values()} == {True}
    assert {bool(entry["examples"]) and bool(entry["return"]) for entry in reported.values()} == {True}


def test_every_role_is_documented_from_the_installed_tarball(installed: Path) -> None:
    reported = json.loads(program("ansible-doc", "--json", "--type", "role", "--list", "aks.dataplane", home=installed))
    assert sorted(reported) == [f"aks.dataplane.{role}" for role in ROLES]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_every_playbook_can_be_read_from_the_installed_tarball(installed: Path, playbook: str) -> None:
    program("ansible-playbook", "--syntax-check", "--inventory", "localhost,", f"aks.dataplane.{playbook}", home=installed)
