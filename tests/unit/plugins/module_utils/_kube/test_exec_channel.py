# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a command's end, and of connections that do not become or do not stay one; the good way runs against the simulator."""

from __future__ import annotations

import json
import types
import typing as t

import pytest
import websocket
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import BrokenConnection
from ansible_collections.aks.dataplane.plugins.module_utils._kube.exec_channel import execute
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Execution, KubeError, NoAnswer
from kubernetes.client import ApiException

SERVER = types.SimpleNamespace(host="https://cluster.example")


class Stream:
    def __init__(self, result: str = "", open_: bool = False, breaks: Exception | None = None) -> None:
        self.channels, self.open, self.breaks, self.closed = {1: "out", 2: "err", 3: result}, open_, breaks, False

    def run_forever(self, timeout: float) -> None:
        if self.breaks:
            raise self.breaks

    def is_open(self) -> bool:
        return self.open

    def read_channel(self, channel: int) -> str:
        return self.channels[channel]

    def close(self) -> None:
        self.closed = True


def run(monkeypatch: pytest.MonkeyPatch, stream: Stream | Exception) -> Execution:
    def call(configuration: t.Any, method: str, url: str, **more: t.Any) -> Stream:
        assert (method, url) == ("GET", "https://cluster.example/pods/p/exec")
        assert more["query_params"] == [
            ("container", "c"),
            ("stdout", "true"),
            ("stderr", "true"),
            ("command", "cilium-dbg"),
            ("command", "status"),
        ]
        assert more["headers"] == {"authorization": "Bearer x"}
        if isinstance(stream, Stream):
            return stream
        # As the library does it: the reason is only in the text and in the context.
        failure = ApiException(status=0, reason=str(stream))
        failure.__context__ = stream
        raise failure

    monkeypatch.setattr("kubernetes.stream.ws_client.websocket_call", call)
    return execute(SERVER, {"authorization": "Bearer x"}, "k", "/pods/p", "c", ("cilium-dbg", "status"), 5.0)


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (json.dumps({"status": "Success"}), ""),
        (json.dumps({"status": "Failure", "message": "exit status 1"}), "exit status 1"),
        (json.dumps({"status": "Failure"}), "the command failed"),
        ("", "the connection ended before the command did"),
    ],
)
def test_how_a_command_ended(monkeypatch: pytest.MonkeyPatch, result: str, error: str) -> None:
    stream = Stream(result)
    assert run(monkeypatch, stream) == Execution("out", "err", error)
    assert stream.closed


@pytest.mark.parametrize(
    ("stream", "kind", "told"),
    [
        (Stream(open_=True), NoAnswer, "took too long"),
        (Stream(breaks=websocket.WebSocketConnectionClosedException("gone away")), BrokenConnection, "gone away"),
        (Stream(breaks=TimeoutError()), BrokenConnection, "TimeoutError"),
    ],
)
def test_connections_that_do_not_last(monkeypatch: pytest.MonkeyPatch, stream: Stream, kind: type[KubeError], told: str) -> None:
    with pytest.raises(kind, match=told):
        run(monkeypatch, stream)
    assert stream.closed


@pytest.mark.parametrize(
    ("problem", "status", "told"),
    [
        (
            websocket.WebSocketBadStatusException("Handshake status", 403, None, {}, b'{"kind":"Status","message":"not you"}'),
            403,
            "not you",
        ),
        (websocket.WebSocketBadStatusException("Handshake status", 401), 401, "does not accept the credentials"),
        (websocket.WebSocketBadStatusException("Handshake status", 404, None, {}, b"gone"), 404, "gone"),
        (OSError("no route"), None, "no route"),
    ],
)
def test_connections_that_do_not_come_about(monkeypatch: pytest.MonkeyPatch, problem: Exception, status: int | None, told: str) -> None:
    with pytest.raises(KubeError, match=told) as raised:
        run(monkeypatch, problem)
    assert raised.value.status == status
