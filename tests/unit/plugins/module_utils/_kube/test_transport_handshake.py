# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS handshake of the transport, against servers that are slow, cut it, or do not speak TLS."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import ssl
import struct
import threading
import typing as t

import pytest
import trustme
from ansible_collections.aks.dataplane.plugins.module_utils._kube import transport as transport_module
from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.kubeconfig import Kubeconfig, configuration
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import PooledTransport
from ansible_collections.aks.dataplane.plugins.module_utils._observe.kubernetes import KubeError, NoAnswer


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def transport(port: int, tmp_path: pathlib.Path, authority: trustme.CA) -> PooledTransport:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    text = f"""
current-context: x
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:{port}", certificate-authority: ca.pem}}}}]
users: [{{name: u, user: {{token: t}}}}]
"""
    return PooledTransport(configuration(Kubeconfig(text, "/k", str(tmp_path)), None), "/k", 4)


@pytest.mark.parametrize(("handshake_seconds", "answers"), [(30.0, True), (0.05, False)])
def test_a_slow_tls_handshake_has_more_time_than_connecting(
    tmp_path: pathlib.Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, handshake_seconds: float, answers: bool
) -> None:
    """A server that accepts connections at once, and begins with TLS when the time for connecting is over."""
    monkeypatch.setattr(transport_module, "CONNECT_SECONDS", 0.1)
    monkeypatch.setattr(transport_module, "HANDSHAKE_SECONDS", handshake_seconds)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            accepted, _address = listener.accept()
            threading.Event().wait(0.5)
            with contextlib.suppress(OSError), context.wrap_socket(accepted, server_side=True) as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        through = transport(listener.getsockname()[1], tmp_path, authority)
        if answers:
            assert through.request("GET", "/x").status == 200
        else:
            with pytest.raises(KubeError) as caught:
                through.request("GET", "/x")
            # The API server, and not the pod that it was to be asked for: who asks for many pods ends here.
            assert not isinstance(caught.value, NoAnswer)
            assert (caught.value.code, caught.value.transient) == ("KubeUnreachable", True)
            assert "did not finish the TLS handshake in time" in caught.value.message
        thread.join()


class Ending(t.Protocol):
    """How the server ends a connection that has just begun with TLS."""

    def __call__(self, accepted: socket.socket, /) -> None: ...


def end(accepted: socket.socket) -> None:
    accepted.shutdown(socket.SHUT_RDWR)


def reset(accepted: socket.socket) -> None:
    accepted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answer_without_tls(accepted: socket.socket) -> None:
    accepted.sendall(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    accepted.shutdown(socket.SHUT_WR)


def send_alert(accepted: socket.socket) -> None:
    """internal_error, fatal."""
    accepted.sendall(bytes([21, 3, 3, 0, 2, 2, 80]))
    accepted.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def starting_server(authority: trustme.CA, ending: Ending, times: int) -> t.Iterator[int]:
    """The port of one that ends so many connections in the handshake, and then answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _time in range(times):
                with contextlib.suppress(OSError), listener.accept()[0] as accepted:
                    accepted.settimeout(10)
                    accepted.recv(65536)
                    ending(accepted)
            with contextlib.suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            # For what nobody has asked, too.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("ending", [end, reset, answer_without_tls, send_alert])
def test_a_handshake_that_the_server_ends_may_succeed_later(tmp_path: pathlib.Path, authority: trustme.CA, ending: Ending) -> None:
    """As while an API server starts behind a load balancer."""
    with starting_server(authority, ending, 1) as port:
        through = transport(port, tmp_path, authority)
        with pytest.raises(KubeError) as caught:
            through.request("GET", "/x")
        assert caught.value.transient
        assert through.request("GET", "/x").status == 200


@pytest.mark.parametrize("ending", [end, reset])
def test_a_connection_cut_in_the_handshake_is_opened_again(tmp_path: pathlib.Path, authority: trustme.CA, ending: Ending) -> None:
    with starting_server(authority, ending, 2) as port:
        client = KubeClient(transport(port, tmp_path, authority), sleep=lambda _seconds: None)
        assert client.text("/x") == (200, "{}")


@pytest.mark.parametrize("ending", [end, reset, answer_without_tls])
def test_a_handshake_of_a_command_that_the_server_ends(tmp_path: pathlib.Path, authority: trustme.CA, ending: Ending) -> None:
    with starting_server(authority, ending, 1) as port, pytest.raises(KubeError) as caught:
        transport(port, tmp_path, authority).execute("/pod", "c", ["true"], 5)
    assert caught.value.transient


@pytest.mark.parametrize("content", [None, "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_certificate_files_that_cannot_be_used_stay_so(tmp_path: pathlib.Path, authority: trustme.CA, content: str | None) -> None:
    with starting_server(authority, end, 0) as port:
        through = transport(port, tmp_path, authority)
        (tmp_path / "ca.pem").unlink()
        if content is not None:
            (tmp_path / "ca.pem").write_text(content, encoding="ascii")
        with pytest.raises(KubeError) as caught:
            through.request("GET", "/x")
    assert (caught.value.code, caught.value.transient) == ("KubeTlsFailure", False)
