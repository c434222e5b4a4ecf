# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports run downward only, and the cores stay pure: no shell, no SDK, no AnsibleModule, no clock, no input or output.

Tests may use tools, never the other way round.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
import typing as t
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
PLUGINS = ROOT / "plugins"
NAMESPACE = "ansible_collections.aks.dataplane.plugins"

# What a core must not touch, though the standard library has it.
IMPURE = (
    *("asyncio", "concurrent", "multiprocessing", "select", "selectors", "signal", "subprocess", "threading"),
    *("ctypes", "fcntl", "getpass", "glob", "io", "logging", "os", "pathlib", "pwd", "shutil", "sys", "tempfile"),
    *("http", "socket", "ssl", "urllib.error", "urllib.request"),
    *("random", "secrets", "time"),
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
CLOCK_CALLS = frozenset({"now", "utcnow", "today"})


@dataclasses.dataclass(frozen=True)
class Layer:
    """uses: the layers below. needs: packages from outside the standard library."""

    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    pure: bool = False


COMMON = "module_utils/_common"
SYNC_FOLDER = f"{COMMON}/sync_folder"
CORES = ("module_utils/_aks", "module_utils/_verify", "module_utils/_preflight", "module_utils/_record")
# What is asked of Kubernetes, over a port.
OBSERVE = "module_utils/_observe"
# Long work in steps, over the adapters.
WORK = "module_utils/_work"
# What a run decides; only the action plugin that keeps the record asks it.
RUN = "module_utils/_run"
# What filters show; no module needs it.
AUDIT = "module_utils/_audit"
# What the inventory is made of; no module needs it.
INVENTORY = "module_utils/_inventory"
# What runs on nodes is a world of its own: little, and nothing but the standard library. Only the host runs programs, only the socket asks the kernel.
NODE = "module_utils/_node"
NODE_SHELLS = (f"{NODE}/look", f"{NODE}/host", f"{NODE}/programs", f"{NODE}/nft_socket", f"{NODE}/nft_rule_socket")
# The declared tables of nftables: also for nodes, and nothing but the standard library.
NFT = "module_utils/_nft"
# What changes tables on a node: the only place that runs nft.
NFT_NODE = "module_utils/_nft_node"
# The order in which that happens: without a kernel, which stands behind a port.
ENGINE, PORT = f"{NFT_NODE}/engine", f"{NFT_NODE}/port"
NFT_MODULES = ("modules/node_nftables_ruleset", "modules/node_nftables_ruleset_info")
SHELLS = (OBSERVE, WORK, "module_utils/_arm", "module_utils/_kube", "module_utils/_record/store", "module_utils/_record/recorder")
EVERYTHING = (COMMON, *CORES, *SHELLS)
NODE_MODULES = "modules/node_dataplane_info"

# By folder or file, the narrower first.
LAYERS: dict[str, Layer] = {
    "doc_fragments": Layer(),
    SYNC_FOLDER: Layer(),
    COMMON: Layer(needs=("ansible.module_utils",)),
    "module_utils/_aks": Layer(uses=(COMMON,), needs=("jsonschema",), pure=True),
    "module_utils/_verify": Layer(uses=(COMMON, "module_utils/_aks"), pure=True),
    "module_utils/_preflight": Layer(uses=(COMMON, "module_utils/_aks", "module_utils/_verify"), pure=True),
    RUN: Layer(uses=(COMMON,), pure=True),
    AUDIT: Layer(uses=("module_utils/_verify", "module_utils/_preflight"), pure=True),
    INVENTORY: Layer(uses=(COMMON, "module_utils/_aks"), pure=True),
    "module_utils/_record/recorder": Layer(uses=(COMMON, "module_utils/_aks", "module_utils/_record", "module_utils/_record/store")),
    "module_utils/_record/store": Layer(uses=(COMMON, SYNC_FOLDER, "module_utils/_record")),
    "module_utils/_record": Layer(uses=(COMMON,), pure=True),
    "module_utils/_arm": Layer(uses=(COMMON, *CORES), needs=("azure", "ansible.module_utils")),
    OBSERVE: Layer(uses=(COMMON, "module_utils/_verify", "module_utils/_preflight"), needs=("yaml",), pure=True),
    "module_utils/_kube": Layer(uses=(COMMON, OBSERVE), needs=("kubernetes", "urllib3", "websocket", "yaml", "ansible.module_utils")),
    WORK: Layer(uses=(COMMON, OBSERVE, "module_utils/_verify")),
    f"{NODE}/look": Layer(uses=(COMMON, NODE, f"{NODE}/host", f"{NODE}/programs", f"{NODE}/nft_rule_socket")),
    f"{NODE}/host": Layer(uses=(f"{NODE}/programs",)),
    f"{NODE}/programs": Layer(),
    f"{NODE}/nft_socket": Layer(uses=(NODE,)),
    f"{NODE}/nft_rule_socket": Layer(uses=(NODE, f"{NODE}/nft_socket")),
    NODE: Layer(pure=True),
    ENGINE: Layer(uses=(NFT, NODE, f"{NODE}/programs", PORT), pure=True),
    PORT: Layer(uses=(NFT, NODE, f"{NODE}/programs"), pure=True),
    NFT_NODE: Layer(
        uses=(ENGINE, PORT, COMMON, SYNC_FOLDER, NODE, f"{NODE}/programs", f"{NODE}/nft_socket", NFT), needs=("ansible.module_utils",)
    ),
    NFT: Layer(uses=(COMMON, NODE), pure=True),
    **{module: Layer(uses=(COMMON, NFT, NFT_NODE), needs=("ansible.module_utils",)) for module in NFT_MODULES},
    NODE_MODULES: Layer(uses=(COMMON, NODE, *NODE_SHELLS), needs=("ansible.module_utils",)),
    "modules": Layer(uses=EVERYTHING, needs=("ansible.module_utils",)),
    "plugin_utils": Layer(uses=(*EVERYTHING, INVENTORY, NFT), needs=("ansible", "jsonschema")),
    "action": Layer(uses=(*EVERYTHING, RUN, "plugin_utils"), needs=("ansible",)),
    "inventory": Layer(uses=(COMMON, "module_utils/_arm", INVENTORY, "plugin_utils"), needs=("ansible",)),
    "filter": Layer(uses=(COMMON, AUDIT, NFT, "plugin_utils"), needs=("ansible",)),
}


@dataclasses.dataclass(frozen=True)
class Import:
    name: str
    line: int
    lazy: bool


def imports(tree: ast.AST, package: PurePosixPath) -> t.Iterator[Import]:
    """Everything that a file imports, by absolute name; C(package) is the file's folder below plugins/."""

    def walk(node: ast.AST, lazy: bool) -> t.Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (Import(alias.name, child.lineno, lazy) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    above = package.parts[: len(package.parts) - child.level + 1]
                    base = ".".join([NAMESPACE, *above, *filter(None, [child.module])])
                yield from (Import(f"{base}.{alias.name}", child.lineno, lazy) for alias in child.names)
            else:
                deferred = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) or (
                    isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
                )
                yield from walk(child, lazy or deferred)

    return walk(tree, lazy=False)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def layer_of(path: PurePosixPath) -> str | None:
    return next((name for name in LAYERS if path.with_suffix("").is_relative_to(name)), None)


def import_violation(found: Import, own: str) -> str | None:
    layer = LAYERS[own]
    if within(found.name, NAMESPACE):
        target = PurePosixPath(*found.name.removeprefix(NAMESPACE).strip(".").split("."))
        if layer_of(target) not in (own, *layer.uses):
            return f"imports {target}, which is not below it"
        return None
    top = found.name.partition(".")[0]
    if top in sys.stdlib_module_names or top == "__future__":
        if layer.pure and any(within(found.name, name) for name in IMPURE):
            return f"imports {found.name}, but is pure"
        return None
    if not any(within(found.name, name) for name in layer.needs):
        return f"imports {found.name}, which is not for this layer"
    if top != "ansible" and not found.lazy:
        return f"imports {found.name} at the top instead of where it is used"
    return None


def impure_call(node: ast.Call) -> str | None:
    if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
        return f"calls {node.func.id}(), but is pure"
    if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
        return f"asks the clock with {node.func.attr}(), but is pure"
    return None


def violations(path: str, source: str) -> list[str]:
    """What is wrong with a file; C(path) is relative to plugins/."""
    place = PurePosixPath(path)
    own = layer_of(place)
    if own is None:
        return [f"{path}: belongs to no layer; add its folder to LAYERS"]
    tree = ast.parse(source)
    found = [(item.line, import_violation(item, own)) for item in imports(tree, place.parent)]
    if LAYERS[own].pure:
        found += [(node.lineno, impure_call(node)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [f"{path}:{line}: {text}" for line, text in sorted(found, key=lambda item: item[0]) if text]


FILES = sorted(path.relative_to(PLUGINS).as_posix() for path in PLUGINS.rglob("*.py"))


@pytest.mark.parametrize("path", FILES)
def test_imports_run_downward_only(path: str) -> None:
    assert violations(path, (PLUGINS / path).read_text(encoding="utf-8")) == []


def test_every_layer_is_looked_at() -> None:
    assert {layer_of(PurePosixPath(path)) for path in FILES} == set(LAYERS)


@pytest.mark.parametrize(
    ("path", "source", "told"),
    [
        ("module_utils/_aks/x.py", "from .._arm.client import connect", "module_utils/_arm/client/connect"),
        ("module_utils/_aks/x.py", "from .. import _kube", "module_utils/_kube"),
        ("module_utils/_aks/x.py", f"from {NAMESPACE}.module_utils._arm import client", "module_utils/_arm/client"),
        ("module_utils/_aks/x.py", f"import {NAMESPACE}.modules.aks_kube_proxy", "modules/aks_kube_proxy"),
        ("module_utils/_aks/x.py", "from .._preflight import model", "module_utils/_preflight/model"),
        ("module_utils/_aks/x.py", "def f():\n    import azure.core", "azure.core"),
        ("module_utils/_verify/x.py", "def f():\n    from kubernetes import client", "kubernetes.client"),
        ("module_utils/_verify/x.py", "from ansible.module_utils.basic import AnsibleModule", "AnsibleModule"),
        ("module_utils/_verify/x.py", "import requests", "requests"),
        ("module_utils/_verify/x.py", "import time", "time"),
        ("module_utils/_verify/x.py", "from os import path", "os.path"),
        ("module_utils/_verify/x.py", "import urllib.request", "urllib.request"),
        ("module_utils/_record/x.py", "from .store import write", "module_utils/_record/store/write"),
        ("module_utils/_run/x.py", "from .._record.store import Store", "module_utils/_record/store/Store"),
        ("modules/x.py", "from ..module_utils._run.state import Run", "module_utils/_run/state/Run"),
        ("module_utils/_preflight/x.py", "def f():\n    import subprocess", "subprocess"),
        ("module_utils/_preflight/x.py", "f = open('x')", "open()"),
        ("module_utils/_preflight/x.py", "from datetime import datetime\nat = datetime.now()", "now()"),
        ("module_utils/_node/x.py", "import subprocess", "subprocess"),
        ("module_utils/_node/x.py", "from .host import Host", "module_utils/_node/host/Host"),
        ("module_utils/_node/x.py", "from .._aks import view", "module_utils/_aks/view"),
        ("module_utils/_node/host.py", "from .look import Node", "module_utils/_node/look/Node"),
        ("module_utils/_node/look.py", "from .._kube import client", "module_utils/_kube/client"),
        ("modules/node_dataplane_info.py", "from ..module_utils._aks import view", "module_utils/_aks/view"),
        ("module_utils/_nft/x.py", "from .._nft_node.engine import Engine", "module_utils/_nft_node/engine/Engine"),
        ("module_utils/_nft/x.py", "import os", "os"),
        ("module_utils/_nft_node/engine.py", "from .._node.look import Node", "module_utils/_node/look/Node"),
        ("module_utils/_nft_node/engine.py", "from .runner import Nft", "module_utils/_nft_node/runner/Nft"),
        ("module_utils/_nft_node/engine.py", "import os", "os"),
        ("modules/node_nftables_ruleset.py", "from ..module_utils._node.look import Node", "module_utils/_node/look/Node"),
        ("module_utils/_common/x.py", "from .._aks import view", "module_utils/_aks/view"),
        ("module_utils/_observe/x.py", "from .._kube.client import KubeClient", "module_utils/_kube/client/KubeClient"),
        ("module_utils/_observe/x.py", "import concurrent.futures", "concurrent.futures"),
        ("module_utils/_kube/x.py", "from .._verify import model", "module_utils/_verify/model"),
        ("module_utils/_kube/x.py", "from .._work.status import StatusWork", "module_utils/_work/status/StatusWork"),
        ("module_utils/_arm/x.py", "import azure.core", "at the top"),
        ("module_utils/_arm/x.py", "def f():\n    import kubernetes", "kubernetes"),
        ("module_utils/_arm/x.py", "from .._kube import client", "module_utils/_kube/client"),
        ("module_utils/_kube/x.py", "def f():\n    import azure.identity", "azure.identity"),
        ("modules/x.py", "def f():\n    import azure.identity", "azure.identity"),
        ("modules/x.py", "from ..plugin_utils import _progress", "plugin_utils/_progress"),
        ("modules/x.py", "from ansible.plugins.action import ActionBase", "ansible.plugins.action"),
        ("action/x.py", "def f():\n    import kubernetes", "kubernetes"),
        ("action/x.py", "from ..modules import aks_kube_proxy", "modules/aks_kube_proxy"),
        ("module_utils/_inventory/x.py", "from .._arm.client import connect", "module_utils/_arm/client/connect"),
        ("inventory/x.py", "from ..module_utils._kube import client", "module_utils/_kube/client"),
        ("module_utils/_new/x.py", "", "no layer"),
    ],
)
def test_a_violation_is_seen(path: str, source: str, told: str) -> None:
    (violation,) = violations(path, source)
    assert violation.startswith(path)
    assert told in violation


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "module_utils/_aks/x.py",
            "from __future__ import annotations\nimport re\nfrom .._common import errors\nfrom .view import ClusterView",
        ),
        ("module_utils/_aks/x.py", "def f():\n    import jsonschema"),
        ("module_utils/_preflight/x.py", "from .._aks.view import ClusterView\nfrom urllib.parse import urlsplit"),
        ("module_utils/_arm/x.py", "import time\ndef f():\n    from azure.identity import ClientSecretCredential"),
        ("module_utils/_arm/x.py", "import typing as t\nif t.TYPE_CHECKING:\n    from azure.core.rest import HttpResponse"),
        ("modules/x.py", f"from ansible.module_utils.basic import AnsibleModule\nfrom {NAMESPACE}.module_utils._arm.client import connect"),
        ("action/x.py", "from ansible.plugins.action import ActionBase\nfrom ..plugin_utils._progress import ActionModule"),
    ],
)
def test_what_is_allowed_stays_allowed(path: str, source: str) -> None:
    assert violations(path, source) == []


# Imported, or run as a module.
USE_OF_TESTS = re.compile(r"""^\s*(?:from|import)\s+tests\b.*|-m[\s"',]+tests\b[\w.]*""", re.MULTILINE)
TOOLS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "noxfile.py", *(ROOT / "tools").rglob("*"))
    if path.is_file() and path.suffix in (".py", ".sh")
)


def test_the_set_up_and_the_sessions_are_looked_at() -> None:
    assert {"noxfile.py", "tools/setup.sh"} < set(TOOLS)


@pytest.mark.parametrize("path", TOOLS)
def test_tools_use_nothing_of_the_tests(path: str) -> None:
    assert USE_OF_TESTS.findall((ROOT / path).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from tests.support.raw import Raw",
        "from tests import playground",
        "def f():\n    import tests.support.raw",
        'run("python", "-m", "tests.demo")',
        "aside() { .venv/bin/python -m tests.support.raw; }",
    ],
)
def test_a_tool_that_uses_tests_is_seen(source: str) -> None:
    assert len(USE_OF_TESTS.findall(source)) == 1
