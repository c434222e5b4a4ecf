# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command and example of the documentation is run, page by page, as its reader would run it, and prints what is shown: tests/support/docs/runner.py.

The folders of examples have tests of their own. A page needs an entry in C(SCENES) only when it is about more than three ordinary clusters.
"""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import subprocess
import sys
import typing as t

import pytest

from tests.playground import CLUSTERS, RESOURCE_GROUP
from tests.support.docs.pages import Command, NotUnderstood, is_printed, markdown_blocks, rst_blocks, steps
from tests.support.docs.runner import Reader, programs, published
from tests.support.nft.lab import LabNode
from tests.support.simulator import ROOT, Simulator

ORDINARY = ("aks-prod-1", "aks-prod-2", "aks-test-1")
PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("README.md", "docs/docsite/rst/*.rst", "examples/README.md", "roles/*/README.md")
    for path in ROOT.glob(pattern)
)
CILIUM = {"currentKubernetesVersion": "1.34.2", "networkProfile": {"advancedNetworking": {"performance": {"accelerationMode": "None"}}}}


@dataclasses.dataclass(frozen=True)
class Scene:
    """What a page finds, and what must be so at its end.

    clusters: those that differ from an ordinary one, or are there beside them, as the simulator makes them. nodes: inventory hosts that are Linux nodes.
    inventory: for plays that are shown without one. fails: see Reader. modes: of kube-proxy on every node, by cluster, at the end.
    cut: clusters of which one node loses its
    kubelet by rules about port 10250. host_routing: clusters whose nodes all have it at the end. feature: whether the preview feature is registered already.
    """

    clusters: t.Mapping[str, t.Mapping[str, t.Any]] = dataclasses.field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    fails: t.Mapping[str, int] = dataclasses.field(default_factory=dict)
    modes: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    cut: tuple[str, ...] = ()
    host_routing: tuple[str, ...] = ()
    feature: bool = False


SWITCHED = {"aks-prod-1": {"patch": {"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "NFTABLES"}}}}}}
IPVS = {"properties": {"networkProfile": {"kubeProxyConfig": {"enabled": True, "mode": "IPVS"}}}}
SCENES: dict[str, Scene] = {
    # Three of the fleet are enough to see that the commands work; test_fleet_waves.py moves twenty.
    "docs/docsite/rst/guide_fleet.rst": Scene(
        clusters={f"aks-fleet-{number:02}": {"patch": IPVS, "nodes": 3} for number in (1, 2, 3)},
        modes={"aks-fleet-01": "ipvs", "aks-fleet-02": "nftables", "aks-fleet-03": "nftables"},
    ),
    "docs/docsite/rst/tutorial.rst": Scene(
        clusters={name: {"seed": seed} for name, _equals, seed in (cluster.partition("=") for cluster in CLUSTERS) if seed},
        fails={"aks.dataplane.kube_proxy --limit aks-prod-2": 2},
        modes={"aks-test-1": "nftables", "aks-prod-1": "iptables", "aks-prod-2": "iptables"},
    ),
    "docs/docsite/rst/guide_real_cluster.rst": Scene(modes={"aks-test-1": "nftables", "aks-prod-1": "iptables"}),
    "docs/docsite/rst/guide_going_back.rst": Scene(modes={"aks-prod-1": "iptables"}),
    "docs/docsite/rst/guide_disconnected.rst": Scene(modes={"aks-test-1": "nftables"}),
    "docs/docsite/rst/guide_new_cluster.rst": Scene(modes={"aks-new-1": "nftables"}),
    "docs/docsite/rst/guide_ebpf_host_routing.rst": Scene(
        clusters={"aks-cilium-1": {"seed": "cilium-acns", "patch": {"properties": CILIUM}}}, host_routing=("aks-cilium-1",)
    ),
    "docs/docsite/rst/guide_node_firewall.rst": Scene(nodes=("node-1", "node-2"), cut=("aks-test-1",), fails={"-e @cutting.yml": 2}),
    "roles/node_ruleset/README.md": Scene(nodes=("node-1",)),
    "roles/preflight/README.md": Scene(feature=True),
    "roles/switchover/README.md": Scene(feature=True, modes={"aks-prod-1": "nftables"}),
    "roles/verification/README.md": Scene(clusters=SWITCHED),
}


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Simulator]:
    with Simulator.started(tmp_path_factory.mktemp("simulator"), clusters=ORDINARY, resource_group=RESOURCE_GROUP) as started:
        yield started


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return published(tmp_path_factory.mktemp("origin"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_does_what_it_says(simulator: Simulator, origin: pathlib.Path, tmp_path: pathlib.Path, page: str) -> None:
    todo = steps(ROOT / page)
    if not todo:
        return
    scene = SCENES.get(page, Scene())
    simulator.reset(feature=scene.feature)
    for name, how in scene.clusters.items():
        simulator.make_cluster(name, **how)
    for name in scene.cut:
        first = simulator.nodes(name)[0]["name"]
        simulator.kube(name, made={"keeper_troubles": {first: "cuts"}})
    with contextlib.ExitStack() as stack:
        nodes = {name: stack.enter_context(LabNode()) for name in scene.nodes}
        hosts = {name: reached(node, tmp_path / name) for name, node in nodes.items()}
        inventory = {"aks_clusters": {"hosts": {"aks-prod-1": {}}}, "aks_nodes": {"hosts": {name: {} for name in nodes}}}
        reader = Reader(tmp_path, simulator.environment(), origin, hosts=hosts, inventory=inventory, fails=scene.fails)
        reader.follow(todo)
    for cluster, mode in scene.modes.items():
        assert {node["mode"] for node in simulator.nodes(cluster)} == {mode}, cluster
    for cluster in scene.host_routing:
        assert all(node["host_routing"] for node in simulator.nodes(cluster)), cluster
    secret = simulator.info["secret"]
    assert [ran.command for ran in reader.ran if secret in ran.output] == []


def reached(node: LabNode, folder: pathlib.Path) -> dict[str, t.Any]:
    """How to reach a node, where a reader would have ssh; what it runs is root's already."""
    folder.mkdir()
    return {"ansible_connection": "local", "ansible_python_interpreter": node.interpreter(folder), "ansible_become": False}


def test_every_scene_is_of_a_page() -> None:
    assert set(SCENES) <= set(PAGES)


def test_every_folder_of_examples_is_under_test() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in pathlib.Path(__file__).parents[1].rglob("test_*.py"))
    folders = [path.parent.name for path in ROOT.glob("examples/*/README.md")]
    assert folders
    assert [name for name in folders if f'"{name}"' not in tests] == []


def test_the_playground_is_a_shell_with_clusters() -> None:
    reported = subprocess.run(
        [sys.executable, "-m", "tests.playground"],
        cwd=ROOT,
        input="ansible localhost -m aks.dataplane.aks_network_info\nexit 7\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert reported.returncode == 7, reported.stdout + reported.stderr
    assert [name in reported.stdout for name in ORDINARY] == [True] * 3


@pytest.mark.parametrize(
    "text", [".. code-block:: perl\n\n   1;\n", ".. code::\n\n   1;\n", ".. literalinclude:: /etc/passwd\n", "Like this::\n\n   rm\n"]
)
def test_rst_that_nobody_would_run_is_an_error(tmp_path: pathlib.Path, text: str) -> None:
    page = tmp_path / "page.rst"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(NotUnderstood):
        steps(page)


@pytest.mark.parametrize(
    "text",
    [
        "```\nls\n```\n",
        "```bash\nls\n```\n",
        "```shell\n# make demo\n```\n",
        "```shell\n$ make demo\n```\n",
        "```shell\nls \\\n> -l\n```\n",
        "```shell\n```\n",
        "```console\n$ make demo\n```\n",
        "```output\ntotal 0\n```\n",
        "```shell\nls\n```\n\n```yaml\na: 1\n```\n\n```output\ntotal 0\n```\n",
    ],
)
def test_markdown_that_nobody_would_run_is_an_error(tmp_path: pathlib.Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(NotUnderstood):
        steps(page)


def test_blocks_keep_their_order_and_files_their_names() -> None:
    rst = ".. code-block:: yaml\n   :caption: group_vars/all.yml\n\n   a:\n     b: 1\n\nText.\n\n.. code-block:: shell\n\n   ls \\\n       -l\n"
    (file, shell) = rst_blocks(rst)
    assert (file.caption, file.text) == ("group_vars/all.yml", "a:\n  b: 1\n")
    assert shell.text == "ls \\\n    -l\n"
    (named,) = markdown_blocks("```yaml\n# inventory.yml\na: 1\n```\n")
    assert named.caption == "inventory.yml"


def test_a_block_of_output_belongs_to_the_command_above(tmp_path: pathlib.Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```shell\nmake demo\nls \\\n  -l\n```\n\nIt prints:\n\n```output\ntotal 0\n...\n```\n", encoding="utf-8")
    found = [(step.text, step.shown) for step in steps(page) if isinstance(step, Command)]
    assert found == [("make demo", ""), ("ls \\\n  -l", "total 0\n...\n")]


PRINTED = 'PLAY [one] ******\n\nTASK [a] ****\nok: [host] => {\n    "msg": "done"\n}\nPLAY RECAP ***\nhost : ok=3   changed=0 failed=0\n'


@pytest.mark.parametrize(
    ("shown", "is_so"),
    [
        ("", True),
        ('TASK [a] *********\nok: [host] =>\n{ "msg": "done" }', True),
        ("PLAY [one] ***\n...\nhost : ... changed=0 ...", True),
        ("...\nTASK [a] ***\n...", True),
        ("PLAY [one] ***\nhost : ok=3", False),
        ("host : ok=4", False),
        ("host : ...\nTASK [a] ***", False),
        ("TASK [ab]", False),
    ],
)
def test_output_that_a_page_shows_is_compared_with_what_was_printed(shown: str, is_so: bool) -> None:
    assert is_printed(shown, PRINTED) is is_so


def test_output_that_was_not_printed_fails_the_page(tmp_path: pathlib.Path) -> None:
    reader = Reader(tmp_path, {}, tmp_path)
    reader.do(Command("ls docs/rights", 3, "azure\n...\n"))
    with pytest.raises(AssertionError, match="line 4: ls docs/rights does not print"):
        reader.do(Command("ls docs/rights", 4, "azure\nREADME.md\n"))


def test_the_programs_of_a_command_are_found() -> None:
    assert programs("cd a && ansible-galaxy collection build | cat; az login") == {"cd", "ansible-galaxy", "cat", "az"}


@pytest.mark.parametrize(
    "command", ["wget https://example.com", "make no-such-target", "az aks delete", "export NO_SUCH=...", "cat nothing"]
)
def test_a_command_that_nobody_knows_fails_the_page(tmp_path: pathlib.Path, command: str) -> None:
    reader = Reader(tmp_path, {}, tmp_path)
    with pytest.raises(AssertionError, match="line 3"):
        reader.do(Command(command, 3))
