# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API server that is asked by a command in the cluster: the command runs in a real shell here, with a kubectl of the test."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import subprocess
import threading
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.command_script import Garbled, PerPod, read_output, refusal, script
from ansible_collections.aks.dataplane.plugins.module_utils._kube.command_transport import KEPT_SECONDS, CommandTransport, Foresight
from ansible_collections.aks.dataplane.plugins.module_utils._kube.given import Given
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import TOO_LARGE, KubeError

PODS = PerPod("kube-system", "component=kube-proxy", (":10249/proxy/metrics", ":10256/proxy/healthz"), {"/proxy/metrics": ("wanted_",)})
POD = "/api/v1/namespaces/kube-system/pods/kube-proxy-a"
UNAVAILABLE = "Error from server (ServiceUnavailable): the server is currently unable to handle the request"


class Shell:
    """Runs commands; kubectl prints the file for a path, and has its words in the file for refusals. ran: the commands so far."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.ran: list[str] = []
        self.calls = folder / "calls"
        program = folder / "kubectl"
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >>"{self.calls}"\n'
            'case "$*" in *"--output name") cat names 2>/dev/null; exit;; esac\n'
            'for last; do :; done\nplace=$(printf %s "$last" | tr "/?&" ___)\n'
            '[ -f "$place.err" ] && { cat "$place.err" >&2; exit 1; }\ncat "$place" 2>/dev/null || {\n'
            'echo "Error from server (NotFound): the server could not find the requested resource" >&2; exit 1; }\n'
        )
        program.chmod(0o755)

    def answer(self, path: str, body: t.Any, error: str = "") -> None:
        place = re.sub("[/?&]", "_", path)
        (self.folder / (f"{place}.err" if error else place)).write_text(error or (body if isinstance(body, str) else json.dumps(body)))

    def run(self, command: str) -> str:
        self.ran.append(command)
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={"PATH": f"{self.folder}:/usr/bin:/bin", "TMPDIR": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        ).stdout


@pytest.fixture
def shell(tmp_path: pathlib.Path) -> Shell:
    return Shell(tmp_path)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def transport(
    shell: Shell, *targets: str, pods: PerPod | None = None, given: Given | None = None, clock: Clock | None = None
) -> CommandTransport:
    return CommandTransport("of aks-a", shell.run, Foresight(targets, pods), given or Given(), clock or Clock())


def config_map(name: str) -> dict[str, t.Any]:
    return {"kind": "ConfigMap", "metadata": {"name": name}}


def path_of(name: str) -> str:
    return f"/api/v1/namespaces/n/configmaps/{name}"


def test_one_command_brings_all_that_was_foreseen(shell: Shell) -> None:
    for name in ("a", "b"):
        shell.answer(path_of(name), config_map(name))
    shell.answer(f"{POD}:10249/proxy/metrics", "# HELP\nother 1\nwanted_a 5\n")
    shell.answer(f"{POD}:10256/proxy/healthz", "", UNAVAILABLE)
    (shell.folder / "names").write_text("pod/kube-proxy-a\n")
    api = KubeClient(transport(shell, path_of("a"), path_of("b"), path_of("none"), pods=PODS))
    assert api.get(path_of("a")) == config_map("a")
    assert api.get(path_of("b")) == config_map("b")
    assert api.get(path_of("none")) is None
    # Only the lines that are wanted, after a newline, as readers expect lines to begin.
    assert api.text(f"{POD}:10249/proxy/metrics", read_seconds=1) == (200, "\nwanted_a 5\n")
    # The pod's own answer, and no Status of the API server.
    assert api.text(f"{POD}:10256/proxy/healthz", read_seconds=1) == (503, "")
    assert len(shell.ran) == 1
    assert not [path for path in shell.folder.iterdir() if path.is_dir()]


def test_what_was_not_foreseen_is_one_command_for_all_who_ask(shell: Shell) -> None:
    names = [f"c{number}" for number in range(20)]
    for name in names:
        shell.answer(path_of(name), config_map(name))
    api = KubeClient(transport(shell), concurrency=20)
    gate = threading.Barrier(20)

    def ask(name: str) -> t.Any:
        gate.wait()
        return api.get(path_of(name))

    assert api.each(ask, names) == [config_map(name) for name in names]
    assert len(shell.ran) < 6


def test_answers_are_those_of_one_look(shell: Shell) -> None:
    clock = Clock()
    shell.answer(path_of("a"), config_map("a"))
    api = KubeClient(transport(shell, path_of("a"), clock=clock))
    api.get(path_of("a"))
    shell.answer(path_of("a"), {**config_map("a"), "data": {"x": "new"}})
    assert "data" not in (api.get(path_of("a")) or {})
    clock.now += KEPT_SECONDS + 1
    assert (api.get(path_of("a")) or {})["data"] == {"x": "new"}


@pytest.mark.parametrize("path", ["/api/v1/x'$(touch hacked)'", '/api/v1/"; touch hacked; "', "/api/v1/`touch hacked`", "/api/v1/$HOME\\"])
def test_every_value_is_quoted(shell: Shell, path: str) -> None:
    users = Given(user="jane'; touch hacked; '", groups=("$(touch hacked)",))
    said = read_output(shell.run(script([path], PODS, users.user, users.groups)))
    assert path in said
    assert not (shell.folder / "hacked").exists()
    assert f"--as={users.user} --as-group={users.groups[0]} get --raw {path}" in shell.calls.read_text()


def test_the_largest_answers_are_left_out_where_all_do_not_fit(shell: Shell) -> None:
    noise = "".join(hashlib.sha256(str(number).encode()).hexdigest() for number in range(600))
    shell.answer("/big", noise)
    shell.answer("/small", "few")
    said = read_output(shell.run(script(["/big", "/small"], None, "", (), limit=10_000)))
    assert (said["/small"].body, said["/big"].large) == (b"few", True)
    sized = CommandTransport("of aks-a", lambda _command: shell.run(script(["/big"], None, "", (), limit=100)), Foresight(), Given())
    with pytest.raises(KubeError) as caught:
        sized.request("GET", "/big")
    assert caught.value.code == TOO_LARGE
    assert "512 kB" in caught.value.text


@pytest.mark.parametrize("output", ["", "Error: image cannot be pulled", "aks.dataplane:AAAA\n", "aks.dataplane:H4sIAAAA"])
def test_another_output_is_named(output: str) -> None:
    with pytest.raises(Garbled):
        read_output(output)
    with pytest.raises(KubeError) as caught:
        CommandTransport("of aks-a", lambda _command: output, Foresight(), Given()).request("GET", "/x")
    assert caught.value.transient


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        ('Error from server (Forbidden): pods is forbidden: User "u" cannot list', 403, 'pods is forbidden: User "u" cannot list'),
        ("Error from server (NotFound): the server could not find the requested resource", 404, "the server could not find"),
        ("error: You must be logged in to the server (Unauthorized)", 401, "Unauthorized"),
        ("Warning: x\nError from server (TooManyRequests): later", 429, "later"),
        ('Error from server: an error on the server ("no") has prevented the request from succeeding', 500, "an error on the server"),
        (UNAVAILABLE, 503, "the server is currently unable"),
    ],
)
def test_refusals_are_those_of_the_api_server(error: str, status: int, message: str) -> None:
    found = refusal("/api/v1/pods", error)
    assert found is not None
    assert found[0] == status
    document = json.loads(found[1])
    assert (document["kind"], document["code"]) == ("Status", status)
    assert document["message"].startswith(message)


def test_no_answer_is_no_refusal(shell: Shell) -> None:
    shell.answer("/x", "", "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded)")
    shell.answer("/y", "", "Unable to connect to the server: dial tcp: connection refused")
    asked = transport(shell)
    for path, code in (("/x", "KubeNoAnswer"), ("/y", "KubeUnreachable")):
        with pytest.raises(KubeError) as caught:
            asked.request("GET", path)
        assert (caught.value.code, caught.value.transient) == (code, True)


def test_only_reading(shell: Shell) -> None:
    asked = transport(shell)
    for attempt in (lambda: asked.request("POST", "/x", b"{}"), lambda: asked.execute("p", "c", ["x"], 1.0)):
        with pytest.raises(KubeError) as caught:
            attempt()
        assert caught.value.code == "NotByCommand"
    assert shell.ran == []
    assert list(asked.lines(4)) == []
