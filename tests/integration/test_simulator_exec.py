# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in simulated pods, asked for by the client of Kubernetes itself and by a bare WebSocket."""

from __future__ import annotations

import json
import pathlib
import ssl
import typing as t
import urllib.parse

import pytest
import websocket
import yaml
from kubernetes import client, config
from kubernetes.stream import stream

from tests.support.cilium_cluster import NODES, OFF, SYSTEM, CiliumCluster, until
from tests.support.simulator import Simulator

STATUS = ("cilium-dbg", "status", "-o", "json")
PROTOCOL = "v4.channel.k8s.io"
RULE = "-A INPUT -s 203.0.113.7/32 -j DROP"


def run(cluster: CiliumCluster, *command: str, node: str = NODES[0]) -> tuple[str, str, int]:
    """Standard output, standard error, exit code, by the Kubernetes client."""
    api = client.CoreV1Api(config.new_client_from_config(cluster.simulator.kubeconfig("aks-a")))
    session = stream(
        api.connect_get_namespaced_pod_exec,
        cluster.state(node)["pod"],
        "kube-system",
        container="cilium-agent",
        command=list(command),
        stdout=True,
        stderr=True,
        stdin=False,
        tty=False,
        _preload_content=False,
    )
    session.run_forever(timeout=10)
    return session.read_stdout(), session.read_stderr(), session.returncode


def raw_exec(cluster: CiliumCluster, *command: str, container: str = "cilium-agent", node: str = NODES[0]) -> list[bytes]:
    """All messages; websocket.WebSocketBadStatusException when the protocol is not changed."""
    kubeconfig = yaml.safe_load(pathlib.Path(cluster.simulator.kubeconfig("aks-a")).read_text(encoding="utf-8"))
    server, token = kubeconfig["clusters"][0]["cluster"]["server"], kubeconfig["users"][0]["user"]["token"]
    query = urllib.parse.urlencode(
        [*(("command", word) for word in command), ("container", container), ("stdout", "true"), ("stderr", "true")]
    )
    url = f"{server.replace('https', 'wss')}{SYSTEM}/pods/{cluster.state(node)['pod']}/exec?{query}"
    context = ssl.create_default_context(cafile=cluster.simulator.ca)
    header = {"Authorization": f"Bearer {token}"}
    socket = websocket.create_connection(url, sslopt={"context": context}, subprotocols=[PROTOCOL], header=header, timeout=10)
    found = []
    try:
        while True:
            code, data = socket.recv_data()
            if code == websocket.ABNF.OPCODE_CLOSE:
                return found
            found.append(data)
    finally:
        socket.close()


@pytest.mark.parametrize(
    ("version", "path"), [(None, ("routing", "intra-host-routing-mode")), ("1.15.19", ("host-routing", "mode"))], ids=["new", "old"]
)
@pytest.mark.parametrize(("patch", "fault", "mode"), [({}, False, "BPF"), (OFF, False, "Legacy"), ({}, True, "Legacy")], ids=str)
def test_status_of_an_agent(
    simulator: Simulator, version: str | None, path: tuple[str, str], patch: dict[str, t.Any], fault: bool, mode: str
) -> None:
    if fault:
        simulator.fault("legacy_fallback", path=f"aks-a/{NODES[0]}")
    cluster = CiliumCluster(simulator, patch, nodes=1)
    if version is not None:
        simulator.kube("aks-a", cilium_version=version)
    out, err, code = run(cluster, *STATUS)
    assert (err, code) == ("", 0)
    reported = json.loads(out)
    assert reported[path[0]][path[1]] == mode
    assert len({"routing", "host-routing"} & set(reported)) == 1
    assert reported["kube-proxy-replacement"]["mode"] == "True"
    assert reported["masquerading"].get("mode") == (None if patch else "BPF")
    if version is not None:
        image = cluster.pod(NODES[0])["spec"]["containers"][0]["image"]
        assert image.endswith(f"/cilium:v{version}")


def test_what_the_wire_says(simulator: Simulator) -> None:
    messages = raw_exec(CiliumCluster(simulator, nodes=1), *STATUS)
    assert messages[0] == b"\x01"
    assert len(messages) > 3
    assert {message[0] for message in messages[:-1]} == {1}
    assert json.loads(b"".join(message[1:] for message in messages[:-1]))["routing"]["inter-host-routing-mode"] == "Native"
    assert messages[-1][0] == 3
    assert json.loads(messages[-1][1:]) == {"metadata": {}, "status": "Success"}


def test_commands_that_fail(simulator: Simulator) -> None:
    cluster = CiliumCluster(simulator, nodes=1)
    out, err, code = run(cluster, "cilium-dbg", "statu")
    assert (out, code) == ("", 1)
    assert "unknown command" in err
    shell = json.loads(raw_exec(cluster, "sh", "-c", "true")[-1][1:])
    assert (shell["status"], shell["reason"]) == ("Failure", "InternalError")
    assert 'exec: "sh": executable file not found in $PATH' in shell["message"]


def test_what_the_api_server_refuses(simulator: Simulator) -> None:
    cluster = CiliumCluster(simulator, OFF, nodes=1)
    pod = f"{SYSTEM}/pods/{cluster.state(NODES[0])['pod']}/exec"
    assert cluster.raw.kube("aks-a", f"{pod}?container=cilium-agent").body["message"] == "Upgrade request required"
    assert cluster.raw.kube("aks-a", f"{SYSTEM}/pods/cilium-none/exec").status == 404
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        raw_exec(cluster, *STATUS, container="nginx")
    simulator.kube("aks-a", boot_rules=[RULE])
    cluster.raw.finish(cluster.switch("BpfVeth"))
    until(lambda: cluster.state(NODES[1])["state"] == "gate")
    with pytest.raises(websocket.WebSocketBadStatusException, match=r'container not found \(\\"cilium-agent\\"\)'):
        raw_exec(cluster, *STATUS, node=NODES[1])
    simulator.kube("aks-a", deny=["/exec$"])
    denied = cluster.raw.kube("aks-a", pod)
    assert denied.status == 403
    assert 'cannot get resource "pods/exec"' in denied.body["message"]
