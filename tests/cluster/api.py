# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to the API server of a cluster."""

from __future__ import annotations

import copy
import dataclasses
import http.client
import json
import ssl
import typing as t
import urllib.error
import urllib.request

TIMEOUT = 15.0


@dataclasses.dataclass(frozen=True)
class Answer:
    """body: parsed JSON, or text."""

    status: int
    headers: t.Mapping[str, str]
    body: t.Any


class Api:
    """server: a URL; authority: PEM text."""

    def __init__(self, server: str, authority: str, token: str) -> None:
        self._server = server
        self._token = token
        self._context = ssl.create_default_context(cadata=authority)

    def as_user(self, token: str) -> Api:
        """The same server, asked with another token."""
        other = copy.copy(self)
        other._token = token
        return other

    def request(self, method: str, path: str, body: t.Any = None, kind: str = "application/json") -> Answer:
        """OSError when there is no answer. kind: the type of the body."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Content-Type": kind}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self._context, timeout=TIMEOUT) as response:
                return _answer(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, dict(error.headers), error.read())
        except http.client.HTTPException as error:
            # It ended in the middle of its answer.
            raise ConnectionError(f"{path}: {error!r}") from error


def _answer(status: int, headers: t.Mapping[str, str], content: bytes) -> Answer:
    text = content.decode()
    named = {name.lower(): value for name, value in headers.items()}
    return Answer(status, named, json.loads(text) if named.get("content-type", "").startswith("application/json") else text)
