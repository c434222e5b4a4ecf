# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kubernetes API server of raw objects, for tests of what is read of it."""

from __future__ import annotations

import json
import threading
import time
import typing as t
import urllib.parse

from ansible_collections.aks.dataplane.plugins.module_utils._kube.client import KubeClient
from ansible_collections.aks.dataplane.plugins.module_utils._kube.transport import Answer

Reply = tuple[int, t.Any]


class Server:
    """Answers by path; a list is paged. Paths that are not known are 404."""

    server = "https://cluster.example"
    origin = "test"

    def __init__(self) -> None:
        self.replies: dict[str, t.Any] = {}
        self.asked: list[tuple[str, str, t.Any]] = []
        self._lock = threading.Lock()

    def request(self, method: str, path: str, body: bytes | None = None, read_seconds: float = 0) -> Answer:
        where, _rest, query = path.partition("?")
        with self._lock:
            self.asked.append((method, path, None if body is None else json.loads(body)))
        if method == "POST":
            return answer(self.replies.get("POST", (201, {})))
        reply = self.replies.get(where, (404, refusal(404, f"{where} not found")))
        if isinstance(reply, list):
            return answer((200, page(reply, dict(urllib.parse.parse_qsl(query)), where.rpartition("/")[2])))
        code, body = reply
        if code == 200 and isinstance(body, dict):
            # As every object has it, whether the test says it or not.
            body = {"kind": kind_of(where.split("/")[-2]), **body}
        return answer((code, body))

    def lines(self, at_most: int) -> list[t.Any]:
        return []

    def client(self, clock: t.Callable[[], float] = time.monotonic) -> KubeClient:
        return KubeClient(self, concurrency=4, sleep=lambda seconds: None, clock=clock)


def answer(reply: Reply) -> Answer:
    code, body = reply
    return Answer(code, body.encode() if isinstance(body, str) else json.dumps(body).encode())


def kind_of(resource: str) -> str:
    return resource.removesuffix("s").capitalize()


def page(items: list[t.Any], query: dict[str, str], resource: str) -> dict[str, t.Any]:
    start, limit = int(query.get("continue", 0)), int(query.get("limit", 0)) or len(items)
    following = {"continue": str(start + limit)} if start + limit < len(items) else {}
    return {"kind": f"{kind_of(resource)}List", "items": items[start : start + limit], "metadata": following}


def refusal(code: int, message: str) -> dict[str, t.Any]:
    return {"kind": "Status", "code": code, "message": message}


def forbidden(what: str) -> Reply:
    return 403, refusal(403, f'{what} is forbidden: User "u" cannot list resource "{what}"')
