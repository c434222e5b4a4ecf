# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversations with many pods against a real server, smooth ones and those in trouble: they come to what single requests come to."""

from __future__ import annotations

import collections
import contextlib
import http.server
import json
import pathlib
import ssl
import threading
import typing as t

import pytest
import trustme
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.conversations import drive
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import PooledTransport
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import Conversation, KubeError, NoAnswer, Question

LINES = 4
PODS = 60
TIMES = 3
SECONDS = 0.3
STATUS = json.dumps({"kind": "Status", "message": "no", "code": 403})


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /pod/question with the path, after the trouble that the pod has."""

    protocol_version = "HTTP/1.1"
    # An answer in one piece: the second would wait for the receipt of the first.
    wbufsize = -1
    trouble: t.ClassVar[dict[str, str]] = {}
    asked: t.ClassVar[collections.Counter[str]] = collections.Counter()
    connections: t.ClassVar[set[tuple[str, int]]] = set()

    def do_GET(self) -> None:
        pod, _slash, question = self.path.lstrip("/").partition("/")
        trouble = self.trouble.get(pod, "") if question == "2" else ""
        self.asked[self.path] += 1
        self.connections.add(self.client_address)
        first = self.asked[self.path] == 1
        if trouble == "broken" and first:
            self.connection.shutdown(2)
            self.close_connection = True
        elif trouble == "silent":
            threading.Event().wait(3 * SECONDS)
            self.answer(200)
        elif trouble == "busy" and first:
            self.answer(429, "Retry-After", "1")
        elif trouble == "forbidden":
            self.answer(403, body=STATUS)
        elif trouble == "last":
            self.answer(200, "Connection", "close")
        elif trouble == "unhealthy":
            self.answer(503)
        elif trouble == "odd" and first:
            self.wfile.write(b"220 mail.example ESMTP\r\n\r\n")
            self.close_connection = True
        else:
            self.answer(200)

    def answer(self, status: int, *field: str, body: str = "") -> None:
        content = (body or f"{status} {self.path}").encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if field:
                self.send_header(*field)
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def client(tmp_path: pathlib.Path) -> t.Iterator[KubeClient]:
    authority = trustme.CA()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.request_queue_size = 64
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    Handler.trouble, Handler.asked, Handler.connections = {}, collections.Counter(), set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    config = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://127.0.0.1:{server.server_port}", "certificate-authority": "ca.pem"}}],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    transport = PooledTransport(configuration(Kubeconfig(json.dumps(config), "/k", str(tmp_path)), None), "/k", LINES)
    yield KubeClient(transport, LINES, sleep=slept.append)
    slept.clear()
    server.shutdown()
    thread.join()
    server.server_close()


slept: list[float] = []


def talk(pod: str) -> Conversation[str]:
    """Three questions; the first one without an answer is the last."""
    heard = []
    for number in range(TIMES):
        try:
            status, text = yield Question(f"/{pod}/{number + 1}", SECONDS)
        except NoAnswer:
            return f"{pod} was silent"
        heard.append(f"{status} {text}")
    return ", ".join(heard)


def smooth(pod: str) -> str:
    return ", ".join(f"200 200 /{pod}/{number + 1}" for number in range(TIMES))


NAMES = [f"pod-{number}" for number in range(PODS)]


def test_every_pod_is_asked_once_over_few_connections(client: KubeClient) -> None:
    assert client.converse(talk, NAMES) == [smooth(name) for name in NAMES]
    assert Handler.asked == dict.fromkeys((f"/{name}/{number + 1}" for name in NAMES for number in range(TIMES)), 1)
    assert len(Handler.connections) <= LINES
    # The connections are as good as before.
    assert client.text("/pod-0/1") == (200, "200 /pod-0/1")
    assert client.converse(talk, NAMES) == [smooth(name) for name in NAMES]
    assert len(Handler.connections) <= LINES


TROUBLES = ("broken", "silent", "busy", "last", "unhealthy", "odd")


@pytest.mark.parametrize("trouble", [*TROUBLES, "all of it"])
def test_trouble_of_some_pods_is_theirs_alone(client: KubeClient, trouble: str) -> None:
    kinds = TROUBLES if trouble == "all of it" else (trouble,)
    # More of them than there are connections, and the last ones among them.
    Handler.trouble = {name: kinds[place % len(kinds)] for place, name in enumerate(NAMES[LINES * 2 :: 8])}
    reported = client.converse(talk, NAMES)
    for name, heard in zip(NAMES, reported, strict=True):
        kind = Handler.trouble.get(name)
        if kind == "silent":
            assert heard == f"{name} was silent"
        elif kind == "unhealthy":
            assert heard == f"200 200 /{name}/1, 503 503 /{name}/2, 200 200 /{name}/3"
        else:
            assert heard == smooth(name)
    troubled = [name for name, kind in Handler.trouble.items() if kind == "busy"]
    assert slept.count(1.0) == len(troubled), "each was given the time that the server asked for"
    # Nothing is asked again that was answered, or that is late.
    again = {path for path, times in Handler.asked.items() if times > 1}
    assert again <= {f"/{name}/2" for name, kind in Handler.trouble.items() if kind in ("broken", "busy", "odd")}


@pytest.mark.parametrize("place", [0, LINES + 2, PODS - 1])
def test_a_permission_that_is_missing_ends_all_of_it(client: KubeClient, place: int) -> None:
    Handler.trouble = {NAMES[place]: "forbidden"}
    with pytest.raises(KubeError) as caught:
        client.converse(talk, NAMES)
    assert (caught.value.code, caught.value.status) == ("KubeForbidden", 403)


def test_a_failure_in_a_conversation_ends_all_of_it(client: KubeClient) -> None:
    def fails(pod: str) -> Conversation[str]:
        heard = yield from talk(pod)
        if pod == NAMES[LINES * 3]:
            raise KubeError("It makes no sense.")
        return heard

    with pytest.raises(KubeError, match="It makes no sense"):
        client.converse(fails, NAMES)
    assert f"/{NAMES[-1]}/1" not in Handler.asked
    assert client.text("/pod-0/1") == (200, "200 /pod-0/1")


def test_who_has_nothing_to_ask_asks_nothing(client: KubeClient) -> None:
    def quiet(number: int) -> Conversation[int]:
        if number in (LINES + 1, 5000):
            yield Question("/pod/1", SECONDS)
        return number

    assert client.text("/pod/0") == (200, "200 /pod/0")
    assert client.converse(quiet, range(6000)) == list(range(6000))
    assert Handler.asked == {"/pod/0": 1, "/pod/1": 2}


def test_an_ordinary_conversation() -> None:
    answers: list[t.Any] = [(200, "one"), NoAnswer("s", "GET /x", "why")]

    def ask(path: str, *, read_seconds: float) -> tuple[int, str]:
        answer = answers.pop(0)
        if isinstance(answer, KubeError):
            raise answer
        return t.cast("tuple[int, str]", answer)

    assert drive(talk("pod"), ask) == "pod was silent"
    assert answers == []
