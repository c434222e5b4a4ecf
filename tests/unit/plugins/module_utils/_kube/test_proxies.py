# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy of a kubeconfig, and that of the environment, with every version of the kubernetes package."""

from __future__ import annotations

import base64
import collections.abc
import contextlib
import http.server
import pathlib
import select
import socket
import ssl
import sys
import threading
import typing as t

import pytest
import trustme
import yaml
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Access, Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.proxies import Proxy, UnusableProxy, choose_proxy
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import PooledTransport
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError

SERVER = "https://api.example:443"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def kubeconfig(**cluster: t.Any) -> Kubeconfig:
    document = {
        "current-context": "x",
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": SERVER, **cluster}}],
        "users": [{"name": "u", "user": {"token": "t0"}}],
    }
    return Kubeconfig(yaml.safe_dump(document), "/k")


def access(**cluster: t.Any) -> Access:
    return configuration(kubeconfig(**cluster), None)


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128"}, "http://p:3128"),
        ({"HTTPS_PROXY": "http://p"}, "http://p:80"),
        ({"HTTP_PROXY": "http://p:3128"}, None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "other.example,.example"}, None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "api.example"}, None),
        ({"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "pi.example"}, "http://p:3128"),
        ({"HTTPS_PROXY": "socks5://[::1]:1080"}, "socks5h://[::1]:1080"),
    ],
)
def test_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], url: str | None) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = choose_proxy(SERVER, "")
    assert (found and found.url) == url


@pytest.mark.parametrize("server", ["https://localhost:6443", "https://127.0.0.1:6443", "https://[::1]:6443"])
def test_no_proxy_leads_to_this_machine_itself(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p:3128")
    assert choose_proxy(server, "") is None


def test_the_proxy_of_the_kubeconfig_counts_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p:3128")
    monkeypatch.setenv("NO_PROXY", "*")
    assert access(**{"proxy-url": "http://me:p%40ss@q:1"}).proxy == Proxy("http://q:1", "proxy-url", "me", "p@ss")


@pytest.mark.parametrize(
    "url", ["host:3128", "ftp://host", "http://", "http://h:x", "http://h:99999", "http://[", "//host", "socks4://h", "http://a b"]
)
def test_a_proxy_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(KubeError, match="through a proxy") as caught:
        access(**{"proxy-url": url})
    assert caught.value.code == "KubeconfigInvalid"
    with pytest.raises(UnusableProxy):
        choose_proxy(SERVER, url)


def test_socks_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
    with pytest.raises(KubeError, match="PySocks") as caught:
        PooledTransport(access(**{"proxy-url": "socks5://me:secret@127.0.0.1:1080"}), "/k", 1)
    assert caught.value.code == "KubeconfigInvalid"
    assert "secret" not in caught.value.text


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_args: object) -> None:
        """Nothing is logged."""


class Passes(Answers):
    """A proxy that notes what it is asked for."""

    seen: t.ClassVar[list[tuple[str, str, str | None]]] = []

    def do_CONNECT(self) -> None:
        self.seen.append(("CONNECT", self.path, self.headers.get("Proxy-Authorization")))
        host, _colon, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            both = {self.connection: there, there: self.connection}
            while True:
                for ready in select.select(list(both), [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    both[ready].sendall(data)

    def do_GET(self) -> None:
        self.seen.append(("GET", self.path, self.headers.get("Proxy-Authorization")))
        super().do_GET()


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> collections.abc.Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_requests_and_commands_go_through_the_proxy(tmp_path: pathlib.Path) -> None:
    Passes.seen = []
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    data = base64.b64encode(authority.cert_pem.bytes()).decode()
    with serving(Answers, context) as port, serving(Passes) as proxy:
        given = access(
            **{
                "server": f"https://127.0.0.1:{port}",
                "certificate-authority-data": data,
                "proxy-url": f"http://me:pw@127.0.0.1:{proxy}",
            }
        )
        through = PooledTransport(given, "/k", 2)
        assert [through.request("GET", "/api").status for _request in range(2)] == [200, 200]
        basic = "Basic " + base64.b64encode(b"me:pw").decode()
        assert Passes.seen == [("CONNECT", f"127.0.0.1:{port}", basic)]
        # The server speaks no WebSocket, but is asked for one, through the proxy.
        with pytest.raises(KubeError, match="with 200"):
            through.execute("/pods/p", "c", ["x"], 5.0)
        assert Passes.seen == [("CONNECT", f"127.0.0.1:{port}", basic)] * 2


def test_a_server_without_tls_is_asked_through_the_proxy() -> None:
    Passes.seen = []
    with serving(Passes) as proxy:
        given = access(**{"server": "http://api.example:8080/k", "proxy-url": f"http://me:pw@127.0.0.1:{proxy}"})
        assert PooledTransport(given, "/k", 2).request("GET", "/api").status == 200
    assert Passes.seen == [("GET", "http://api.example:8080/k/api", "Basic " + base64.b64encode(b"me:pw").decode())]
    assert "by http" in given.warnings[0]


def test_a_proxy_that_is_not_there_is_no_server_that_is_not_there() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        through = PooledTransport(access(**{"proxy-url": f"http://127.0.0.1:{nobody.getsockname()[1]}"}), "/k", 2)
        with pytest.raises(KubeError) as caught:
            through.request("GET", "/api")
        assert caught.value.code == "KubeUnreachable"
        with pytest.raises(KubeError) as caught:
            through.execute("/pods/p", "c", ["x"], 5.0)
    assert caught.value.code == "KubeUnreachable"


def test_certificates_that_are_not_looked_at_are_warned_of() -> None:
    assert access().warnings == ()
    (warning,) = access(**{"insecure-skip-tls-verify": True}).warnings
    assert "insecure-skip-tls-verify" in warning
