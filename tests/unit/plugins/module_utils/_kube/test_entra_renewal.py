# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of Microsoft Entra end after an hour or so, and a read of a large cluster may be under way then: it goes on with the next one."""

from __future__ import annotations

import collections.abc
import http.server
import threading
import typing as t

import pytest
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube import sign_in, transport
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient, connect
from ansible_collections.aks.dataplane.plugins.module_utils._kube.entra import AKS_SERVER, SCOPE
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Conversation, Question

HOUR = 3600.0


class Clocks:
    """Of the wall and of the process, which only tests set forward."""

    now = 1_800_000_000.0


class Azure:
    """A token is good for an hour. asked: for each of them the token in whose place it was given."""

    def __init__(self, clocks: Clocks) -> None:
        self.clocks = clocks
        self.asked: list[str] = []

    def __call__(self, scope: str, refused: str) -> tuple[str, float]:
        assert scope == SCOPE
        self.asked.append(refused)
        return f"t{len(self.asked)}", self.clocks.now + HOUR


class Handler(http.server.BaseHTTPRequestHandler):
    """Takes the token of now; each request is a minute."""

    protocol_version = "HTTP/1.1"
    clocks: t.ClassVar[Clocks]
    seen: t.ClassVar[list[tuple[str, int]]]

    def do_GET(self) -> None:
        token = self.headers["Authorization"].removeprefix("Bearer ")
        number = int((self.clocks.now - 1_800_000_000.0) // HOUR) + 1
        status = 200 if int(token.removeprefix("t")) >= number else 401
        self.seen.append((token, status))
        self.clocks.now += 60.0
        body = b"{}"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.delenv("AAD_LOGIN_METHOD", raising=False)
    monkeypatch.setattr(sign_in.SignIn.__init__, "__defaults__", (lambda: clocks.now, None))
    monkeypatch.setattr(transport.time, "monotonic", lambda: clocks.now)
    return clocks


@pytest.fixture
def port(clocks: Clocks) -> collections.abc.Iterator[int]:
    Handler.clocks, Handler.seen = clocks, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def client(port: int, azure: Azure, concurrency: int) -> KubeClient:
    """With the kubeconfig that AKS gives out."""
    login = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "kubelogin", "args": ["get-token", "--server-id", AKS_SERVER]}
    text = yaml.safe_dump(
        {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
            "users": [{"name": "u", "user": {"exec": login}}],
        }
    )
    return connect({}, lambda admin: text, concurrency, azure_token=azure)


def ask(number: int) -> Conversation[int]:
    status, _text = yield Question(f"/pods/{number}", 10.0)
    return status


@pytest.mark.parametrize("concurrency", [1, 2], ids=["one connection", "two connections"])
def test_a_read_of_hours_never_meets_an_expired_token(clocks: Clocks, port: int, concurrency: int) -> None:
    """As in the status of thousands of nodes: the first on connections of their own, the others on lines."""
    azure = Azure(clocks)
    assert client(port, azure, concurrency).converse(ask, range(200)) == [200] * 200
    assert [status for _token, status in Handler.seen] == [200] * 200
    # Every hour, before the end, and not for each request.
    assert azure.asked == [""] * len(azure.asked)
    assert 4 <= len(azure.asked) <= 5
