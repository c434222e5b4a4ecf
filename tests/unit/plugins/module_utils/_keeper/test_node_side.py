# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keeper's file, its connections and its answers to probes."""

from __future__ import annotations

import contextlib
import pathlib
import socket
import struct
import threading
import typing as t
import urllib.error
import urllib.request

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._keeper import undo_window, uplink
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.readiness import Readiness
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.undo_window import UndoWindow
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.uplink import ANSWER, NOTHING, RESET, Uplink


@pytest.fixture(autouse=True)
def own_run(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_window, "RUN", str(tmp_path / "run"))


def window(digest: str = "d") -> UndoWindow:
    """Read anew, as by a keeper that was started again."""
    return UndoWindow("web", digest, lambda: None)


def test_a_window_is_known_to_the_next_keeper() -> None:
    first = window()
    assert (first.state, first.is_open, first.is_pending) == (None, False, False)
    first.arm("the tables before \udcff", 60)
    again = window()
    assert (again.state, again.is_open, again.is_pending, again.rollback) == ("pending", True, True, "the tables before \udcff")
    assert 55 < again.seconds_left <= 60
    # What is open goes on: what was there before it is what to restore.
    again.arm("what is there now", 600)
    assert (again.rollback, again.seconds_left <= 60) == ("the tables before \udcff", True)
    other = window("another order")
    assert (other.state, other.is_open, other.is_pending) == (None, True, False)
    again.confirm()
    assert (window().state, window().is_open) == ("confirmed", False)
    again.undone("No connection.")
    assert (window().state, window().reason) == ("undone", "No connection.")
    again.disarm()
    again.disarm()
    assert window().state is None


def test_of_another_boot_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    window().arm("x", 60)
    monkeypatch.setattr(undo_window, "_boot_id", lambda: "another")
    assert not window().is_open
    for text in ("", "[]", "{}"):
        next((tmp_path / "run").glob("keeper.*")).write_text(text, encoding="utf-8")
        assert not window().is_open


def test_nothing_is_armed_without_a_connection() -> None:
    def fail() -> None:
        raise DataplaneError("no")

    closed = UndoWindow("web", "d", fail)
    with pytest.raises(DataplaneError):
        closed.arm("x", 60)
    assert not window().is_open


def test_a_confirmation_needs_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    first = window()
    first.arm("x", 60)

    def full(*_given: t.Any) -> t.NoReturn:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(undo_window, "replace_file", full)
    first.confirm()
    assert first.state == "confirmed"
    assert not window().is_open


@contextlib.contextmanager
def server(answers: bytes | None) -> t.Iterator[str]:
    """answers: null for one that resets each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _address = listener.accept()
                    with link:
                        if answers is None:
                            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                            continue
                        link.recv(100)
                        link.sendall(answers)

        threading.Thread(target=serve, daemon=True).start()
        yield str(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(("answers", "reply"), [(b"HTTP/1.0 400 Bad Request\r\n", ANSWER), (b"", ANSWER), (None, RESET)])
def test_replies(answers: bytes | None, reply: int) -> None:
    with server(answers) as port:
        found = Uplink({"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port})
        assert found.reply() == reply
        found.require()
        assert found.is_there()


@pytest.mark.parametrize("port", ["1", "", "x", "99999"])
def test_no_connection(port: str) -> None:
    closed = Uplink({"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port})
    assert (closed.reply(), closed.is_there()) == (NOTHING, False)
    with pytest.raises(DataplaneError, match=r"No new connection to the API server \(127.0.0.1:") as caught:
        closed.require()
    assert caught.value.code == "NoUplink"
    assert Uplink({}).reply() == NOTHING


def test_a_reset_is_less_than_the_answer_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule of the node can send one, too."""
    replies = iter((ANSWER, RESET, ANSWER, RESET))
    monkeypatch.setattr(uplink.Uplink, "reply", lambda self: next(replies))
    link = Uplink({})
    link.require()
    assert [link.is_there(), link.is_there()] == [False, True]
    # After a restart it is not known what came before.
    assert Uplink({}).is_there()


def test_probes_are_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ready: list[bool] = []
        readiness = Readiness(port, lambda: bool(ready))
        with pytest.raises(OSError, match="in use"):
            readiness.listen()
    readiness.listen()
    readiness.listen()
    # One that breaks off, and one that says nothing, do not keep others from an answer.
    socket.create_connection(("127.0.0.1", port)).close()
    with socket.create_connection(("127.0.0.1", port)), pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10)
    ready.append(True)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"ready\n")
    Readiness(0, lambda: True).listen()
