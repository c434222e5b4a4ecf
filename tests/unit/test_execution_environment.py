# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: what ansible-builder makes of the definition, and of the collection in anyone's own definition."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.simulator import ROOT, clean_environment

REQUIREMENTS = [line for line in (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").split("\n") if line[:1].strip("#")]


def test_requirements_of_whoever_has_no_execution_environment_are_the_same() -> None:
    (line,) = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert line == "-r meta/ee-requirements.txt"


def program(name: str, *arguments: str | Path, cwd: Path) -> str:
    environment = {
        **clean_environment(),
        "HOME": str(cwd),
        "ANSIBLE_COLLECTIONS_PATH": str(cwd),
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false",
    }
    command = [str(Path(sys.executable).parent / name), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The definition, with the tarball where its README says."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "execution-environment", folder / "execution-environment", ignore=shutil.ignore_patterns("context"))
    program("ansible-galaxy", "collection", "build", "--output-path", folder / "dist", ROOT, cwd=folder)
    return folder


def test_create_makes_a_context_with_the_collection_in_it(checkout: Path) -> None:
    folder = checkout / "execution-environment"
    program("ansible-builder", "create", "--output-filename", "Containerfile", cwd=folder)

    (tarball,) = (checkout / "dist").iterdir()
    build = folder / "context" / "_build"
    assert (build / "dist" / tarball.name).read_bytes() == tarball.read_bytes()
    (wanted,) = yaml.safe_load((build / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    lines = (folder / "context" / "Containerfile").read_text(encoding="utf-8").splitlines()
    stages = {line.rpartition(" ")[2]: number for number, line in enumerate(lines) if line.startswith("FROM ")}
    assert list(stages) == ["base", "galaxy", "builder", "final"]
    # Where the tarball is put is where it is installed from, and before that.
    put = lines.index(f"COPY _build/dist/aks-dataplane-*.tar.gz {wanted['name']}")
    (installed,) = [number for number, line in enumerate(lines) if "ansible-galaxy collection install" in line]
    assert stages["galaxy"] < put < installed < stages["builder"]
    # What it needs is found in it, so that the definition has no list of its own.
    (introspected,) = [number for number, line in enumerate(lines) if "introspect.py introspect" in line]
    assert stages["builder"] < introspected < stages["final"]
    assert not (build / "requirements.txt").exists()
    assert (build / "bindep.txt").read_text(encoding="utf-8").splitlines() == ["openssh-clients [platform:rpm]"]
    assert 'ARG PYCMD="/usr/bin/python3.12"' in lines
    compiled = [number for number, line in enumerate(lines) if "-m compileall" in line]
    assert len(compiled) == 2
    assert min(compiled) > lines.index("COPY --from=galaxy /usr/share/ansible /usr/share/ansible", stages["final"])
    assert lines.index("USER 1000") > max(compiled)


def test_introspect_finds_what_the_installed_collection_needs(checkout: Path) -> None:
    (tarball,) = (checkout / "dist").iterdir()
    place = checkout / "collections"
    program("ansible-galaxy", "collection", "install", "--offline", "--collections-path", place, tarball, cwd=checkout)
    found = yaml.safe_load(program("ansible-builder", "introspect", place, cwd=checkout))
    assert [line.partition("  #")[0] for line in found["python"]] == REQUIREMENTS
    assert found["system"] == []
    assert REQUIREMENTS
