# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport against real sockets: TLS, broken and silent connections."""

from __future__ import annotations

import collections.abc
import contextlib
import http.server
import pathlib
import socket
import ssl
import threading
import typing as t

import pytest
import trustme
from ansible_collections.aks.dataplane.plugins.module_utils._kube import transport as transport_module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.errors import BrokenConnection
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import PooledTransport
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError, NoAnswer

TOKEN = "t0k3n"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: t.ClassVar[list[dict[str, str]]] = []
    connections: t.ClassVar[set[tuple[str, int]]] = set()
    posted: t.ClassVar[list[bytes]] = []
    accepted: t.ClassVar[str | None] = None

    def do_GET(self) -> None:
        self.seen.append({"path": self.path, **{key.lower(): value for key, value in self.headers.items()}})
        self.connections.add(self.client_address)
        self._answer()

    def do_POST(self) -> None:
        self.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.do_GET()

    def _answer(self) -> None:
        if "/broken" in self.path:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if self.path.endswith("/silent"):
            threading.Event().wait(1)
        body = b'{"ok": true}'
        known = self.accepted is None or self.headers["Authorization"] == f"Bearer {self.accepted}"
        self.send_response(401 if not known else 429 if self.path.endswith("/busy") else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "2")
        if self.path.endswith("/last"):
            self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def port(authority: trustme.CA) -> collections.abc.Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    Handler.seen, Handler.connections, Handler.posted = [], set(), []
    Handler.accepted = None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def transport(
    port: int, tmp_path: pathlib.Path, authority: trustme.CA, path: str = "", connections: int = 4, user: str = f"token: {TOKEN}"
) -> PooledTransport:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    text = f"""
current-context: x
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:{port}{path}", certificate-authority: ca.pem}}}}]
users: [{{name: u, user: {{{user}}}}}]
"""
    return PooledTransport(configuration(Kubeconfig(text, "/k", str(tmp_path)), None), "/k", connections)


def test_requests_carry_the_credentials_and_share_a_connection(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    through = transport(port, tmp_path, authority, path="/k8s/clusters/one")
    for _look in range(3):
        answer = through.request("GET", "/api?limit=1")
        assert (answer.status, answer.text, answer.retry_after) == (200, '{"ok": true}', 2.0)
    assert {seen["path"] for seen in Handler.seen} == {"/k8s/clusters/one/api?limit=1"}
    assert {seen["authorization"] for seen in Handler.seen} == {f"Bearer {TOKEN}"}
    assert len(Handler.connections) == 1


# The first request of a connection goes another way than those after it.
STANDING = pytest.mark.parametrize("standing", [False, True])


def prepared(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> PooledTransport:
    through = transport(port, tmp_path, authority)
    if standing:
        assert through.request("GET", "/first").status == 200
    return through


@STANDING
def test_every_status_is_an_answer(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> None:
    answer = prepared(port, tmp_path, authority, standing).request("GET", "/busy")
    assert (answer.status, answer.retry_after, answer.text) == (429, 2.0, '{"ok": true}')


@STANDING
def test_what_is_sent(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> None:
    through = prepared(port, tmp_path, authority, standing)
    assert through.request("POST", "/pods?dryRun=All", b'{"kind": "Pod"}').text == '{"ok": true}'
    through.request("GET", "/pods/a%20b:10249/proxy/x?labelSelector=a%3Db&x= \r\nEvil: 1")
    post, get = Handler.seen[-2:]
    assert Handler.posted == [b'{"kind": "Pod"}']
    assert (post["path"], post["content-type"], post["host"]) == ("/pods?dryRun=All", "application/json", f"127.0.0.1:{port}")
    assert get["path"] == "/pods/a%20b:10249/proxy/x?labelSelector=a%3Db&x=%20%0D%0AEvil:%201"
    assert "evil" not in get
    assert {(seen["authorization"], seen["accept-encoding"]) for seen in (post, get)} == {(f"Bearer {TOKEN}", "gzip")}
    assert len(Handler.connections) == 1


@STANDING
def test_a_broken_connection(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> None:
    through = prepared(port, tmp_path, authority, standing)
    with pytest.raises(BrokenConnection) as caught:
        through.request("GET", "/broken?secret=1")
    assert caught.value.transient
    assert "GET /broken:" in caught.value.message
    assert KubeClient(through).text("/fine") == (200, '{"ok": true}')


@STANDING
def test_a_silent_server(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> None:
    through = prepared(port, tmp_path, authority, standing)
    with pytest.raises(NoAnswer, match="the answer took too long") as caught:
        through.request("GET", "/silent", read_seconds=0.2)
    assert not isinstance(caught.value, BrokenConnection)
    # The answer that is still to come is nobody's.
    assert through.request("GET", "/fine").text == '{"ok": true}'
    assert len(Handler.connections) == 2


@STANDING
def test_a_connection_that_the_server_ends_is_replaced(port: int, tmp_path: pathlib.Path, authority: trustme.CA, standing: bool) -> None:
    through = prepared(port, tmp_path, authority, standing)
    for _request in range(2):
        assert through.request("GET", "/last").status == 200
    assert len(Handler.connections) == 2


def test_a_certificate_of_another_authority(port: int, tmp_path: pathlib.Path) -> None:
    with pytest.raises(KubeError) as caught:
        transport(port, tmp_path, trustme.CA()).request("GET", "/x")
    assert (caught.value.code, caught.value.transient) == ("KubeTlsFailure", False)
    assert f"https://127.0.0.1:{port}" in caught.value.message
    assert "certificate verify failed" in caught.value.message.lower()


def test_no_server(tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        through = transport(closed.getsockname()[1], tmp_path, authority)
        with pytest.raises(KubeError) as caught:
            through.request("GET", "/x")
    assert (caught.value.code, caught.value.transient) == ("KubeUnreachable", True)
    assert "Connection refused" in caught.value.message
    for hint in ("private cluster", "authorized IP ranges", "kubeconfig"):
        assert hint in caught.value.remedy


def test_a_name_that_does_not_resolve() -> None:
    configured = configuration(
        Kubeconfig(
            "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
            "clusters: [{name: c, cluster: {server: 'https://nowhere.invalid'}}]\nusers: [{name: u, user: {}}]\n",
            "/k",
        ),
        None,
    )
    through = PooledTransport(configured, "/k", 1)
    with pytest.raises(KubeError) as caught:
        through.request("GET", "/x")
    assert caught.value.code == "KubeUnreachable"
    assert "https://nowhere.invalid" in caught.value.message


def test_credentials_are_renewed_but_not_for_each_request(
    port: int, tmp_path: pathlib.Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = transport(port, tmp_path, authority)
    tokens = iter(["one", "two"])
    monkeypatch.setattr(through._access.sign_in, "fields", lambda: (("authorization", f"Bearer {next(tokens)}"),))
    now = [1000.0]
    monkeypatch.setattr(transport_module.time, "monotonic", lambda: now[0])
    for moment in (1000.0, 1004.0, 1006.0):
        now[0] = moment
        through.request("GET", "/x")
    assert [seen["authorization"] for seen in Handler.seen] == ["Bearer one", "Bearer one", "Bearer two"]


def counting_plugin(folder: pathlib.Path, count: str) -> str:
    """A credential plugin whose tokens are good for years, and say how often it was asked: in C(runs), as long as C(count) lets it count."""
    version = "client.authentication.k8s.io/v1"
    answer = '{"apiVersion": "%s", "kind": "ExecCredential", "status": {"token": "t%s", "expirationTimestamp": "2090-01-01T00:00:00Z"}}'
    (folder / "login").write_text(f"#!/bin/sh\necho x >>runs; printf '{answer}' {version} {count}\n", encoding="utf-8")
    (folder / "login").chmod(0o755)
    return f"exec: {{apiVersion: {version}, command: ./login}}"


def signed_in(port: int, folder: pathlib.Path, authority: trustme.CA, count: str = '"$(wc -l <runs | tr -d " ")"') -> PooledTransport:
    """Once, with a connection that stands."""
    through = transport(port, folder, authority, user=counting_plugin(folder, count))
    assert through.request("GET", "/first").status == 200
    return through


def runs(folder: pathlib.Path) -> int:
    return len((folder / "runs").read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("body", [None, b"{}"])
def test_a_credential_that_is_refused_before_its_end_is_renewed(
    port: int, tmp_path: pathlib.Path, authority: trustme.CA, body: bytes | None
) -> None:
    """As client-go does it: somebody may have revoked it, or the clocks differ."""
    through = signed_in(port, tmp_path, authority)
    Handler.accepted = "t2"
    assert through.request("GET" if body is None else "POST", "/x", body).status == 200
    assert [seen["authorization"] for seen in Handler.seen] == ["Bearer t1", "Bearer t1", "Bearer t2"]
    assert through.request("GET", "/y").status == 200
    assert runs(tmp_path) == 2


def test_a_server_that_accepts_no_credential(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    through = signed_in(port, tmp_path, authority)
    Handler.accepted = "another"
    with pytest.raises(KubeError, match="does not accept the credentials of the kubeconfig /k") as caught:
        KubeClient(through).get("/x")
    assert (caught.value.code, caught.value.status) == ("KubeUnauthorized", 401)
    assert [seen["authorization"] for seen in Handler.seen] == ["Bearer t1", "Bearer t1", "Bearer t2"]


def test_many_threads_renew_once(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    """Also where the plugin has no other credential to give."""
    through = signed_in(port, tmp_path, authority, count="1")
    Handler.accepted = "another"
    client = KubeClient(through, concurrency=4)
    assert client.each(lambda number: through.request("GET", f"/{number}").status, range(12)) == [401] * 12
    assert runs(tmp_path) == 2


def test_a_plugin_that_fails_when_it_is_asked_again(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    through = signed_in(port, tmp_path, authority)
    Handler.accepted = "t2"
    (tmp_path / "login").write_text("#!/bin/sh\necho no network >&2; exit 1\n", encoding="utf-8")
    with pytest.raises(KubeError, match="gave no credentials: no network") as caught:
        through.request("GET", "/x")
    assert caught.value.code == "KubeLoginPlugin"


def test_a_command_is_sent_again_with_a_renewed_credential(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> None:
    through = signed_in(port, tmp_path, authority)
    Handler.accepted = "t2"
    # The server here makes no WebSocket of it.
    with pytest.raises(KubeError, match="200"):
        through.execute("/pods/p", "c", ["true"], 5.0)
    assert [seen["authorization"] for seen in Handler.seen] == ["Bearer t1", "Bearer t1", "Bearer t2"]
