# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks besides the tests: what `make check` and `make test` run before pytest. `nox -l` lists them.

The sessions of the local ansible-core use the environment that nox itself runs in (.venv, made by tools/setup.sh); those of other
versions have an environment each.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent / "tools"))
import interpreters

nox.options.envdir = ".cache/nox"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "sanity"]

COLLECTION = "ansible_collections.aks.dataplane"
# The other versions of ansible-core, each with the Python that it runs on.
CORES = {"2.16.19": "3.11", "2.18.19": "3.11", "2.21.5": "3.12"}
# What older ones look at: the parts that they would run.
SHIPPED = ["changelogs/", "examples/", "meta/", "playbooks/", "plugins/", "roles/"]


@nox.session(tags=["all"])
def lint(session: nox.Session) -> None:
    """Style of the Python, YAML, Ansible and changelog files; licence headers."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("yamllint", "--strict", ".")
    session.run("ansible-lint", "--offline", "--profile", "production", "--strict")
    session.run("antsibull-changelog", "lint")
    session.run("reuse", "lint", "--quiet")


@nox.session(tags=["all"])
def types(session: nox.Session) -> None:
    """Types of the plugins, of the simulator and of the tools."""
    session.run("mypy", "-p", f"{COLLECTION}.plugins", "-p", "tests.simulator")
    session.run("mypy", "noxfile.py", "tools")


@nox.session(tags=["all"])
def docs(session: nox.Session) -> None:
    """Documentation of plugins and roles: markup, links, and that it can be rendered."""
    session.run(
        "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "--check-extra-docs-refs", "."
    )


@nox.session(tags=["all"])
def sanity(session: nox.Session) -> None:
    """ansible-test sanity with the local ansible-core."""
    session.run("python", "tools/sanity.py")


@nox.session(tags=["all"])
def molecule(session: nox.Session) -> None:
    """The scenarios of Molecule on test nodes: all, or those that are named."""
    session.run("tools/setup.sh", "lab", external=True)
    # It cleans up when it is interrupted, which takes longer than nox would wait.
    session.run("python", "-m", "tools.lab", "test", *session.posargs, interrupt_timeout=None)


@nox.session(tags=["all"])
def release(session: nox.Session) -> None:
    """What make release-check does."""
    session.run("python", "-m", "tools.release_check")


def add_core(version: str, python: str) -> None:
    """A session with another ansible-core, in an environment of its own."""
    interpreter = interpreters.find(python)

    @nox.session(
        name=f"core-{version}",
        tags=["all"],
        python=interpreter,
        venv_backend="venv" if interpreter else "none",
        reuse_venv=bool(interpreter),
    )
    def check(session: nox.Session) -> None:
        if interpreter is None:
            session.skip(f"ansible-core {version} needs Python {python}, which this machine does not have")
        session.install("-qq", "-r", "requirements/test.txt", f"ansible-core=={version}", "-c", "requirements/constraints.txt")
        session.run("python", "tools/sanity.py", *(SHIPPED if version != max(CORES) else []))
        session.run("python", "-m", "pytest", "-q", "-n", "2", "tests/unit", env={"PYTHONPATH": ".venv/collections"})

    check.__doc__ = f"Sanity and unit tests with ansible-core {version} on Python {python}."


for _version, _python in CORES.items():
    add_core(_version, _python)
