# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports run downward only, and the cores stay pure through all that they import: no shell, no SDK, no AnsibleModule, no clock,
no input or output.

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

from tests.support.import_graph import NAMESPACE, SOURCES, Import, chain, graph_of, imports, within

ROOT = Path(__file__).parents[2]

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
    """uses: the layers below that it imports from. needs: what it imports from outside the standard library. pure: see IMPURE."""

    uses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    pure: bool = False


UTILS = "module_utils"
COMMON = f"{UTILS}/_common"
# The top of a module, which ends it.
MODULE = f"{COMMON}/module"
# That of the modules which run on the controller.
CONTROLLER = f"{COMMON}/controller"
# The wording of one failure, which is Ansible's.
MISSING_LIBRARY = f"{COMMON}/missing_library"
FILES = f"{UTILS}/_files"
AKS, VERIFY, PREFLIGHT, RECORD = f"{UTILS}/_aks", f"{UTILS}/_verify", f"{UTILS}/_preflight", f"{UTILS}/_record"
# What is asked of Kubernetes, over a port.
OBSERVE = f"{UTILS}/_observe"
# One object per data plane, which whatever is about more than one of them asks.
DATA_PLANES = f"{UTILS}/_dataplane"
CORES = (AKS, VERIFY, PREFLIGHT, OBSERVE, DATA_PLANES, RECORD)
STORE, RECORDER, ORIGIN = f"{RECORD}/store", f"{RECORD}/recorder", f"{RECORD}/origin"
# What a run decides; only the action plugin that keeps the record asks it.
RUN = f"{UTILS}/_run"
# What is kept of a look at nodes, which audits show as well.
NODE_LOOKS = f"{RUN}/node_looks"
# What audits show.
AUDIT = f"{UTILS}/_audit"
# What the role says of rulesets of clusters.
RULESET_FINDINGS = f"{UTILS}/_ruleset/findings"
# What the inventory is made of; no module needs it.
INVENTORY = f"{UTILS}/_inventory"
# What a probe measures during a change, and what it means; and its process, which shares nothing with the run but the clock and a file.
INTERRUPTION, PROBER = f"{UTILS}/_interruption", f"{UTILS}/_prober"
# The tries themselves, which run on nodes as well.
PROBING = f"{UTILS}/_probing"
PROCESS_IDENTITY = f"{UTILS}/_work/process_identity"
# Pages about run records: what they say is decided without templates and files.
REPORT = f"{UTILS}/_report"
REPORT_CHART, REPORT_HTML, REPORT_WRITER = f"{REPORT}/chart", f"{REPORT}/html", f"{REPORT}/writer"
# The look at nodes by single commands in their pods: the judgement is that of nodes.
NODES = f"{UTILS}/_nodes"
# What is decided about rulesets of clusters.
RULESET = f"{UTILS}/_ruleset"
# The adapters talk and do nothing else; long work over them is a layer of its own.
ARM, KUBE, WORK = f"{UTILS}/_arm", f"{UTILS}/_kube", f"{UTILS}/_work"
# What runs on nodes is a world of its own: little, and nothing but the standard library. Only the host runs programs, only the socket asks the kernel.
NODE = f"{UTILS}/_node"
LOOK_PROGRAM, RUN_COMMAND = f"{NODE}/look_program", f"{NODE}/run_command"
PROGRAMS, KUBE_PROXY_NFT, HOST, NODE_READER = f"{NODE}/programs", f"{NODE}/kube_proxy_nft", f"{NODE}/host", f"{NODE}/node_reader"
NETLINK_SOCKET, NETLINK_RULE_SOCKET = f"{NODE}/netlink_socket", f"{NODE}/netlink_rule_socket"
# The declared tables of nftables: also for nodes, and nothing but the standard library.
NFT = f"{UTILS}/_nft"
# What changes tables on a node: the only place that runs nft.
NFT_NODE = f"{UTILS}/_nft_node"
# What keeps a ruleset on a node: the same engine in a loop. Its words and its orders are the controller's, too.
KEEPER = f"{UTILS}/_keeper"
KEEPER_WORDS, KEEPER_ORDER, KEPT_TABLES = f"{KEEPER}/keeper_words", f"{KEEPER}/keeper_order", f"{KEEPER}/kept_tables"
# The order in which that happens: without a kernel, which stands behind a port.
ENGINE = f"{NFT_NODE}/engine"
MISSING_REQUIRED_LIB = "ansible.module_utils.basic.missing_required_lib"
# The path of the interpreter, which is the same as long as it runs.
EXECUTABLE = "sys.executable"
VARIABLE_NAMES, ROLE_INPUT, TYPED = "plugin_utils/_variable_names", "plugin_utils/_role_input", "plugin_utils/_typed"
# For modules: what they may use besides the long work.
SHELLS = (FILES, STORE, RECORDER, ORIGIN, ARM, KUBE)
EVERYTHING = (COMMON, MISSING_LIBRARY, *CORES, *SHELLS, WORK)

# From the bottom to the top: a layer uses only those that stand before it. A file belongs to the narrowest that names it or a folder above it.
LAYERS: dict[str, Layer] = {
    "doc_fragments": Layer(),
    COMMON: Layer(pure=True),
    MISSING_LIBRARY: Layer(uses=(COMMON,), needs=(MISSING_REQUIRED_LIB, EXECUTABLE), pure=True),
    MODULE: Layer(uses=(COMMON,), needs=("ansible.module_utils",)),
    CONTROLLER: Layer(uses=(COMMON, MODULE), needs=("ansible.module_utils",)),
    FILES: Layer(uses=(COMMON,)),
    NODE: Layer(pure=True),
    PROGRAMS: Layer(uses=(NODE,)),
    RUN_COMMAND: Layer(),
    KUBE_PROXY_NFT: Layer(),
    HOST: Layer(uses=(NODE, PROGRAMS, KUBE_PROXY_NFT)),
    NETLINK_SOCKET: Layer(uses=(NODE,)),
    NETLINK_RULE_SOCKET: Layer(uses=(NODE, NETLINK_SOCKET)),
    NODE_READER: Layer(uses=(COMMON, NODE, HOST, NETLINK_RULE_SOCKET)),
    LOOK_PROGRAM: Layer(uses=(COMMON, NODE, RUN_COMMAND, HOST, NETLINK_RULE_SOCKET, NODE_READER)),
    NFT: Layer(uses=(COMMON, NODE), pure=True),
    ENGINE: Layer(uses=(COMMON, NFT, NODE), pure=True),
    NFT_NODE: Layer(uses=(COMMON, FILES, NODE, PROGRAMS, KUBE_PROXY_NFT, NETLINK_SOCKET, NFT, ENGINE), needs=("ansible.module_utils",)),
    KEEPER_WORDS: Layer(pure=True),
    KEEPER_ORDER: Layer(uses=(COMMON, NODE, NFT), pure=True),
    KEPT_TABLES: Layer(uses=(COMMON, NODE, NFT, KEEPER_WORDS), pure=True),
    KEEPER: Layer(uses=(COMMON, NODE, RUN_COMMAND, NETLINK_SOCKET, NFT, ENGINE, NFT_NODE, KEEPER_WORDS, KEEPER_ORDER, KEPT_TABLES)),
    AKS: Layer(uses=(COMMON, MISSING_LIBRARY), needs=("jsonschema",), pure=True),
    VERIFY: Layer(uses=(COMMON, AKS), pure=True),
    PREFLIGHT: Layer(uses=(COMMON, AKS, VERIFY), pure=True),
    OBSERVE: Layer(uses=(COMMON, VERIFY, PREFLIGHT), needs=("yaml",), pure=True),
    NODES: Layer(uses=(COMMON, VERIFY, PREFLIGHT, OBSERVE, NODE), pure=True),
    RULESET: Layer(uses=(COMMON, VERIFY, PREFLIGHT, OBSERVE, NODE, NODES, KEEPER_WORDS), pure=True),
    DATA_PLANES: Layer(uses=(COMMON, AKS, VERIFY, PREFLIGHT, OBSERVE), pure=True),
    RECORD: Layer(uses=(COMMON, DATA_PLANES), pure=True),
    NODE_LOOKS: Layer(uses=(PREFLIGHT, DATA_PLANES), pure=True),
    INTERRUPTION: Layer(uses=(COMMON,), pure=True),
    RUN: Layer(uses=(COMMON, PREFLIGHT, DATA_PLANES, NODE_LOOKS, INTERRUPTION), pure=True),
    AUDIT: Layer(uses=(COMMON, VERIFY, DATA_PLANES, NODE_LOOKS), pure=True),
    RULESET_FINDINGS: Layer(uses=(COMMON,), pure=True),
    INVENTORY: Layer(uses=(COMMON, AKS), pure=True),
    STORE: Layer(uses=(COMMON, FILES, RECORD)),
    RECORDER: Layer(uses=(COMMON, FILES, DATA_PLANES, RECORD, STORE)),
    ORIGIN: Layer(uses=(COMMON, RECORD, STORE)),
    REPORT: Layer(uses=(COMMON, DATA_PLANES, INTERRUPTION), pure=True),
    REPORT_CHART: Layer(uses=(REPORT,), needs=("pygal",), pure=True),
    REPORT_HTML: Layer(uses=(REPORT, REPORT_CHART), needs=("jinja2",), pure=True),
    REPORT_WRITER: Layer(uses=(COMMON, FILES, RECORD, REPORT, REPORT_HTML)),
    ARM: Layer(uses=(COMMON, MISSING_LIBRARY), needs=("azure", "ansible.module_utils")),
    KUBE: Layer(uses=(COMMON, MISSING_LIBRARY, OBSERVE), needs=("kubernetes", "requests", "urllib3", "websocket", "ansible.module_utils")),
    PROCESS_IDENTITY: Layer(),
    PROBING: Layer(uses=(INTERRUPTION,)),
    PROBER: Layer(uses=(COMMON, INTERRUPTION, PROCESS_IDENTITY, PROBING)),
    WORK: Layer(
        uses=(
            COMMON,
            FILES,
            *CORES,
            NODE,
            LOOK_PROGRAM,
            NFT,
            KEEPER,
            KEEPER_WORDS,
            KEEPER_ORDER,
            NODES,
            RULESET,
            INTERRUPTION,
            PROBING,
            ARM,
            KUBE,
            PROCESS_IDENTITY,
        ),
        needs=("ansible.module_utils",),
    ),
    "modules": Layer(uses=(*EVERYTHING, MODULE, CONTROLLER), needs=("ansible.module_utils",)),
    "modules/aks_audit": Layer(uses=(*EVERYTHING, MODULE, CONTROLLER, AUDIT), needs=("ansible.module_utils",)),
    "modules/aks_dataplane_report": Layer(uses=(COMMON, MODULE, CONTROLLER, REPORT_WRITER), needs=("ansible.module_utils",)),
    "modules/node_nftables_ruleset": Layer(uses=(COMMON, MODULE, NFT, NFT_NODE), needs=("ansible.module_utils",)),
    "modules/node_nftables_ruleset_info": Layer(uses=(COMMON, MODULE, NFT, NFT_NODE), needs=("ansible.module_utils",)),
    "modules/node_dataplane_info": Layer(
        uses=(COMMON, MODULE, NODE, NODE_READER, HOST, NETLINK_RULE_SOCKET), needs=("ansible.module_utils",)
    ),
    "plugin_utils": Layer(uses=(*EVERYTHING, INVENTORY, NFT), needs=("ansible", "jsonschema")),
    "plugin_utils/_probing": Layer(uses=(INTERRUPTION, PROBER, PROCESS_IDENTITY)),
    "plugin_utils/_run_probe": Layer(uses=(COMMON, RUN, "plugin_utils/_probing")),
    # Names of variables are judged by what decides of a run.
    VARIABLE_NAMES: Layer(uses=(COMMON, RUN), needs=("ansible",)),
    # So are their values.
    ROLE_INPUT: Layer(uses=(COMMON, RUN, "plugin_utils"), needs=("ansible",)),
    TYPED: Layer(uses=(RUN,), needs=("ansible",)),
    "action": Layer(
        uses=(
            *EVERYTHING,
            REPORT_WRITER,
            RUN,
            NFT,
            "plugin_utils",
            "plugin_utils/_probing",
            "plugin_utils/_run_probe",
            VARIABLE_NAMES,
            ROLE_INPUT,
            TYPED,
        ),
        needs=("ansible",),
    ),
    "action/aks_audit": Layer(uses=(COMMON, RUN, AUDIT, "plugin_utils", VARIABLE_NAMES, ROLE_INPUT), needs=("ansible",)),
    "inventory": Layer(uses=(COMMON, AKS, INVENTORY, "plugin_utils"), needs=("ansible",)),
    "inventory/aks_nodes": Layer(uses=(COMMON, ARM, INVENTORY, KUBE, "plugin_utils"), needs=("ansible",)),
    "filter": Layer(uses=(COMMON, AUDIT, NFT, RULESET_FINDINGS, "plugin_utils"), needs=("ansible",)),
}


def misdeclared(layers: t.Mapping[str, Layer]) -> list[str]:
    """What is wrong with an order of layers: an arrow up or to the side, or a pure layer on one that is not."""
    found = []
    for place, (name, layer) in enumerate(layers.items()):
        below = list(layers)[:place]
        found += [f"{name} uses {used}, which is not below it" for used in layer.uses if used not in below]
        found += [
            f"{name} is pure, but uses {used}, which is not"
            for used in layer.uses
            if layer.pure and used in below and not layers[used].pure
        ]
    return found


def layer_of(path: PurePosixPath) -> str | None:
    """The narrowest layer."""
    return max((name for name in LAYERS if path.with_suffix("").is_relative_to(name)), key=len, default=None)


def import_violation(found: Import, own: str) -> str | None:
    layer = LAYERS[own]
    if within(found.name, NAMESPACE):
        target = PurePosixPath(*found.name.removeprefix(NAMESPACE).strip(".").split("."))
        if layer_of(target) not in (own, *layer.uses):
            return f"imports {target}, which is not below it"
        return None
    top = found.name.partition(".")[0]
    if top in sys.stdlib_module_names or top == "__future__":
        if layer.pure and found.name not in layer.needs and any(within(found.name, name) for name in IMPURE):
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


def is_impure(path: str, source: str) -> bool:
    """Whether a file by itself touches what a core must not."""
    tree = ast.parse(source)
    # Which layer may have the path of the interpreter is looked at with the file itself.
    imported = [item.name for item in imports(tree, PurePosixPath(path).parent) if item.name != EXECUTABLE]
    touched = any(within(item, name) for item in imported for name in IMPURE)
    return touched or any(impure_call(node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def impure_chains(sources: t.Mapping[str, str]) -> list[str]:
    """Each way from a file of a pure layer to one that does what no core may, or that is in a layer that may do it."""
    graph = graph_of(sources)
    layers = {name: layer_of(PurePosixPath(name)) for name in graph}
    impure = {name for name, layer in layers.items() if layer is None or not LAYERS[layer].pure}
    impure |= {str(PurePosixPath(path).with_suffix("")) for path, source in sources.items() if is_impure(path, source)}
    found = (chain(graph, name, impure.__contains__) for name in sorted(graph) if name not in impure)
    return [" -> ".join(way) for way in found if way]


def test_the_layers_are_in_order() -> None:
    assert misdeclared(LAYERS) == []


@pytest.mark.parametrize(
    ("layers", "complaint"),
    [
        ({"a": Layer(uses=("b",)), "b": Layer()}, "a uses b, which is not below it"),
        ({"a": Layer(uses=("a",))}, "a uses a, which is not below it"),
        ({"a": Layer(uses=("c",))}, "a uses c, which is not below it"),
        ({"a": Layer(), "b": Layer(uses=("a",), pure=True)}, "b is pure, but uses a, which is not"),
    ],
)
def test_a_wrong_order_is_seen(layers: dict[str, Layer], complaint: str) -> None:
    assert misdeclared(layers) == [complaint]


def test_no_core_reaches_input_or_output_through_others() -> None:
    assert impure_chains(SOURCES) == []


@pytest.mark.parametrize(
    ("sources", "way"),
    [
        pytest.param(
            {
                "module_utils/_aks/x.py": "from .._common.y import read",
                "module_utils/_common/y.py": "def read(path):\n    return open(path)",
            },
            "module_utils/_aks/x -> module_utils/_common/y",
            id="opens a file",
        ),
        pytest.param(
            {
                "module_utils/_preflight/x.py": "from .._aks import y",
                "module_utils/_aks/y.py": "from .._common.z import now",
                "module_utils/_common/z.py": "import time",
            },
            "module_utils/_preflight/x -> module_utils/_aks/y -> module_utils/_common/z",
            id="asks the clock two imports away",
        ),
        pytest.param(
            {
                "module_utils/_run/x.py": "def f():\n    from .._common.module import run_module",
                "module_utils/_common/module.py": "",
            },
            "module_utils/_run/x -> module_utils/_common/module",
            id="a layer that may",
        ),
        pytest.param(
            {"module_utils/_record/x.py": "from .store import Store", "module_utils/_record/store.py": ""},
            "module_utils/_record/x -> module_utils/_record/store",
            id="its own shell",
        ),
    ],
)
def test_a_core_that_reaches_input_or_output_is_seen(sources: dict[str, str], way: str) -> None:
    assert way in impure_chains(sources)


@pytest.mark.parametrize("path", SOURCES)
def test_imports_run_downward_only(path: str) -> None:
    assert violations(path, SOURCES[path]) == []


@pytest.mark.parametrize("layer", sorted({path.parent.name for path in (ROOT / "plugins" / UTILS).glob("*/kube_proxy")}))
def test_the_data_planes_have_the_same_files(layer: str) -> None:
    """One may have further ones, for what the other does not have at all."""
    one, other = ({file.name for file in (ROOT / "plugins" / UTILS / layer / name).glob("*.py")} for name in ("kube_proxy", "host_routing"))
    assert one
    assert one <= other or other <= one


def test_every_layer_is_looked_at() -> None:
    assert {layer_of(PurePosixPath(path)) for path in SOURCES} == set(LAYERS)


@pytest.mark.parametrize(
    ("path", "source", "reported"),
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
        ("module_utils/_node/host.py", "from .node_reader import NodeReader", "module_utils/_node/node_reader/NodeReader"),
        ("module_utils/_node/node_reader.py", "from .._kube import client", "module_utils/_kube/client"),
        ("modules/node_dataplane_info.py", "from ..module_utils._aks import view", "module_utils/_aks/view"),
        ("module_utils/_nft/x.py", "from .._nft_node.engine import Engine", "module_utils/_nft_node/engine/Engine"),
        ("module_utils/_nft/x.py", "import os", "os"),
        ("module_utils/_nft_node/engine.py", "from .._node.node_reader import NodeReader", "module_utils/_node/node_reader/NodeReader"),
        (
            "module_utils/_nft_node/engine.py",
            "from .packet_filter import PacketFilter",
            "module_utils/_nft_node/packet_filter/PacketFilter",
        ),
        ("module_utils/_nft_node/engine.py", "import os", "os"),
        (
            "modules/node_nftables_ruleset.py",
            "from ..module_utils._node.node_reader import NodeReader",
            "module_utils/_node/node_reader/NodeReader",
        ),
        ("module_utils/_common/x.py", "from .._aks import view", "module_utils/_aks/view"),
        ("module_utils/_observe/x.py", "from .._kube.client import KubeClient", "module_utils/_kube/client/KubeClient"),
        ("module_utils/_observe/x.py", "import concurrent.futures", "concurrent.futures"),
        ("module_utils/_kube/x.py", "from .._verify import model", "module_utils/_verify/model"),
        ("module_utils/_kube/x.py", "from .._work.status import StatusWork", "module_utils/_work/status/StatusWork"),
        ("module_utils/_common/x.py", "from .module import run_module", "module_utils/_common/module/run_module"),
        ("module_utils/_common/x.py", "import time", "time"),
        ("module_utils/_common/x.py", "from ansible.module_utils.basic import AnsibleModule", "AnsibleModule"),
        ("module_utils/_common/missing_library.py", "from ansible.module_utils.basic import AnsibleModule", "AnsibleModule"),
        ("module_utils/_aks/x.py", "from .._files.json_file import read_json_object", "module_utils/_files/json_file/read_json_object"),
        ("module_utils/_files/x.py", "from .._aks import view", "module_utils/_aks/view"),
        ("module_utils/_arm/x.py", "from .._work.stepwise import wait_for", "module_utils/_work/stepwise/wait_for"),
        ("module_utils/_arm/x.py", "from .._aks.view import ClusterView", "module_utils/_aks/view/ClusterView"),
        ("module_utils/_work/x.py", "from .._run.state import Run", "module_utils/_run/state/Run"),
        ("module_utils/_work/x.py", "def f():\n    import azure.core", "azure.core"),
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
def test_a_violation_is_seen(path: str, source: str, reported: str) -> None:
    (violation,) = violations(path, source)
    assert violation.startswith(path)
    assert reported in violation


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


@pytest.mark.parametrize("module", ["aks_kube_proxy", "aks_ebpf_host_routing", "aks_preflight_info"])
def test_what_a_list_has_shown_reaches_no_module_that_changes_a_cluster(module: str) -> None:
    """Nor the check before a change: bodies that are handed on, and answers that are an hour old, are for audits."""
    kept = {"module_utils/_work/audit", "module_utils/_aks/packed_body"}
    assert chain(graph_of(SOURCES), f"modules/{module}", kept.__contains__) == []
    assert chain(graph_of(SOURCES), "modules/aks_audit", kept.__contains__)
    users = {path for path, source in SOURCES.items() if "ask_once" in source}
    assert users == {f"module_utils/{path}.py" for path in ("_arm/client", "_arm/shared_sign_in", "_work/audit")}
