# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make check` and `make test` run; `nox -l` lists the sessions.

The sessions of the local ansible-core use the environment that nox itself runs in (.venv, made by tools/setup.sh); those of other
versions have an environment each. Those run a part of the tests, chosen in tests/support/matrix.py. Anything else on demand, and only that:

    nox -s core-2.16.19 -- tests/integration

Tags: checks, which run no tests; nodes, which boots some; cores, the other versions of ansible-core; style and sanity, for the quick loop.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import nox

sys.path.insert(0, str(Path(__file__).parent))
from tools import floors, installer, interpreters

# Where Python is not to keep what it compiles, as in images of containers, each of thousands of processes would compile the collection again: a fourth of
# the processor time of a playbook.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

nox.options.envdir = ".cache/nox"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["unit", "lint", "types"]

COLLECTION = "ansible_collections.aks.dataplane"
# What others than the local one look at: the parts that they would run.
SHIPPED = ["changelogs/", "examples/", "meta/", "playbooks/", "plugins/", "roles/"]
# What runs on nodes, with whatever Python they have.
NODE_CODE = [
    f"plugins/{part}"
    for part in (
        "modules/node_*.py",
        *(f"module_utils/{folder}" for folder in ("_common", "_files", "_keeper", "_nft", "_nft_node", "_node", "_probing")),
        *(f"module_utils/_interruption/{name}.py" for name in ("target", "tries")),
    )
]
# What speaks to Azure and to Kubernetes, and what of that signs in, through packages that others may want in old versions.
SPEAKING = [f"tests/integration/{name}" for name in ("test_aks_*.py", "test_arm_*.py", "test_leaf_modules.py")]
SIGNING_IN = ["tests/integration/test_arm_*.py", "tests/integration/test_aks_kube_proxy.py"]


@dataclasses.dataclass(frozen=True)
class Core:
    """A version of ansible-core besides the local one. packages: in place of the newest ones; also: more tests, for their sake; text: what that is."""

    version: str
    python: str
    packages: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    text: str = ""


# The oldest and the newest of what is promised are among them.
CORES = (
    Core(
        "2.16.19",
        "3.11",
        tuple(f"{package}=={floor}" for package, floor in floors.floors().items()),
        tuple(SPEAKING),
        ", and what speaks to Azure and Kubernetes, with old packages",
    ),
    Core(
        "2.18.19",
        "3.12",
        ("-r", "requirements/azcollection.txt"),
        tuple(SIGNING_IN),
        ", and what signs in, with the packages that azure.azcollection pins",
    ),
    Core("2.21.5", "3.13"),
)
OLDEST, NEWEST = CORES[0], CORES[-1]


def pytest(session: nox.Session, *arguments: str) -> None:
    """As many at once as wait for each other: nearly half of the time goes by in waiting, for clusters, for nodes and for the kernel."""
    session.run("python", "-m", "pytest", "--quiet", "--numprocesses=4", "--dist=worksteal", *arguments)


@nox.session
def unit(session: nox.Session) -> None:
    """Tests of decisions, by tables and properties."""
    pytest(session, "tests/unit", *session.posargs)


@nox.session
def quick(session: nox.Session) -> None:
    """The tests that need not be waited for."""
    pytest(session, "tests/unit", "tests/integration", "-m", "not slow", *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """Tests against the simulated cloud and in namespaces."""
    pytest(session, "tests/integration", *session.posargs)


@nox.session
def cluster(session: nox.Session) -> None:
    """Tests on a real Kubernetes cluster, one after the other: it is one cluster. CLUSTER=off leaves them out, where it cannot run."""
    if os.environ.get("CLUSTER") == "off":
        session.skip("CLUSTER=off: the tests on a real Kubernetes cluster are left out")
    # The cluster is taken down when it is interrupted, which takes longer than nox would wait.
    command = ("python", "-m", "pytest", "--quiet", "--numprocesses=0", *(session.posargs or ["tests/on_cluster"]))
    session.run(*command, interrupt_timeout=None)


@nox.session
def container(session: nox.Session) -> None:
    """The execution environment: built with podman, and a switch run in it. Root and a mirror of Debian needed; the first run took 5:39 on 2 busy cores."""
    session.run("tools/setup.sh", "lab", external=True)
    session.run("python", "-m", "pytest", "--quiet", "--numprocesses=0", *(session.posargs or ["tests/container"]))


@nox.session
def browser(session: nox.Session) -> None:
    """The documentation and the pages about runs, in a headless browser."""
    session.run("tools/setup.sh", "browser", external=True)
    session.run("python", "-m", "pytest", "--quiet", "--numprocesses=2", "--dist=loadfile", *(session.posargs or ["tests/browser"]))


@nox.session(tags=["checks", "style"])
def lint(session: nox.Session) -> None:
    """Style of the Python, YAML, Ansible and changelog files; licence headers; copied texts."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("yamllint", "--strict", ".")
    session.run("ansible-lint", "--offline", "--profile", "production", "--strict")
    session.run("antsibull-changelog", "lint")
    session.run("reuse", "lint", "--quiet")
    session.run("python", "-m", "tools.copies", "--check")
    session.run("python", "-m", "tools.known_variables", "--check")
    # No syntax and nothing of the standard library that is newer than the Pythons that are promised; os.unshare is used only where it is there.
    since = ["vermin", "--quiet", "--no-tips", "--violations", "--exclude", "os.unshare"]
    session.run(*since, f"-t=3.{interpreters.NODE}-", *matching(NODE_CODE))
    session.run(*since, "-t=3.10-", "plugins")


@nox.session(tags=["checks", "style"])
def types(session: nox.Session) -> None:
    """Types of the plugins, of the simulator and of the tools."""
    session.run("mypy", "-p", f"{COLLECTION}.plugins", "-p", "tests.simulator", "-p", "tests.cluster")
    session.run("mypy", "noxfile.py", "tools")


@nox.session(tags=["checks"])
def docs(session: nox.Session) -> None:
    """Documentation: markup and links of plugins, roles and pages. The site itself is built by tests/browser/test_site.py."""
    session.run(
        "antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "self", "--check-extra-docs-refs", "."
    )


# Where the newest ansible-core cannot run, this is the newest one.
@nox.session(tags=["sanity"] if interpreters.find(NEWEST.python) else ["checks", "sanity"])
def sanity(session: nox.Session) -> None:
    """ansible-test sanity with the local ansible-core; of its own Python, where the newest one looks at all of them."""
    session.run("python", "-m", "tools.sanity", *(["--python", f"3.{sys.version_info.minor}"] if interpreters.find(NEWEST.python) else []))


@nox.session(tags=["nodes"])
def molecule(session: nox.Session) -> None:
    """The scenarios of Molecule on test nodes: all, or those that are named."""
    session.run("tools/setup.sh", "lab", external=True)
    # It cleans up when it is interrupted, which takes longer than nox would wait.
    session.run("python", "-m", "tools.lab", "test", *session.posargs, interrupt_timeout=None)


@nox.session(tags=["checks"])
def release(session: nox.Session) -> None:
    """What make release-check does, but for the trial of the installed collection: that is a test."""
    session.run("python", "-m", "tools.release_check")


def matching(patterns: Sequence[str]) -> list[str]:
    return sorted(str(path) for pattern in patterns for path in Path().glob(pattern))


def install(session: nox.Session, *arguments: str) -> None:
    """Into the session's environment, from where this machine's pip would take it."""
    session.install("-qq", *arguments, env=installer.environment())


def with_core(session: nox.Session, core: str, *more: str) -> None:
    """Make the session's environment: an ansible-core, what the tests need, the collection; then what else is asked for, pinned or not."""
    install(session, "-r", "requirements/test.txt", f"ansible-core=={core}", "-c", "requirements/constraints.txt")
    if more:
        install(session, "-r", "requirements/test.txt", *more)
    where = session.run("python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", silent=True)
    Path(str(where).strip(), "aks_dataplane.pth").write_text(f"{Path.cwd() / '.venv' / 'collections'}\n", encoding="utf-8")


def add_session(name: str, tag: str, core: str, python: str, run: Callable[[nox.Session], None], text: str) -> None:
    """A session with an environment of its own."""
    interpreter = interpreters.find(python)

    @nox.session(
        name=name,
        tags=[tag],
        python=interpreter,
        venv_backend="uv" if interpreter else "none",
        reuse_venv=bool(interpreter),
    )
    def check(session: nox.Session) -> None:
        if interpreter is None:
            session.skip(f"ansible-core {core} is tried with Python {python}, which this machine does not have")
        run(session)

    check.__doc__ = f"{text}, with ansible-core {core} on Python {python}."


def add_sanity(core: Core, *arguments: str) -> None:
    def check(session: nox.Session) -> None:
        install(session, f"ansible-core=={core.version}", "-c", "requirements/constraints.txt")
        session.run("python", "-m", "tools.sanity", *arguments)

    add_session(f"sanity-{core.version}", "checks", core.version, core.python, check, "ansible-test sanity")


def add_core(core: Core) -> None:
    def run(session: nox.Session) -> None:
        with_core(session, core.version, *core.packages)
        brief = ("--hypothesis-profile", "brief")
        if session.posargs:
            pytest(session, *brief, *session.posargs)
            return
        # The long ones first.
        pytest(session, *brief, "-m", "matrix", "tests/integration", "tests/unit/plugins")
        if core.also:
            pytest(session, "-m", "not matrix", *matching(core.also))

    text = f"Unit tests and what depends on ansible-core{core.text}"
    add_session(f"core-{core.version}", "cores", core.version, core.python, run, text)


# The newest one of everything and for every Python.
add_sanity(OLDEST, "--python", OLDEST.python, *SHIPPED)
add_sanity(NEWEST)
for _core in CORES:
    add_core(_core)
