# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the simulator, without secrets, in the order of arrival."""

from __future__ import annotations

import re
import typing as t

_KINDS = (
    ("kube", re.compile(r"^/k8s/")),
    ("metadata", re.compile(r"^/metadata/")),
    ("token", re.compile(r"/oauth2/v2\.0/token$")),
    ("discovery", re.compile(r"/\.well-known/openid-configuration$|^/common/discovery/")),
    ("operation", re.compile(r"/operations/[^/]+$")),
)


def kind_of(path: str) -> str:
    """One of C(token), C(discovery), C(metadata), C(kube), C(operation), C(arm)."""
    return next((kind for kind, pattern in _KINDS if pattern.search(path)), "arm")


class RequestLog:
    """Entries are C({kind, method, path, query, if_match, if_none_match, status, body}); token requests carry no body and no query."""

    def __init__(self) -> None:
        self.entries: list[dict[str, t.Any]] = []

    def clear(self) -> None:
        self.entries = []

    def open(self, method: str, path: str, query: t.Mapping[str, str], headers: t.Mapping[str, str], body: t.Any) -> dict[str, t.Any]:
        """Note a request as it arrives; the status follows when it is answered (null: the connection was cut)."""
        kind = kind_of(path)
        secret = kind == "token"
        entry = {
            "kind": kind,
            "method": method,
            "path": path,
            "query": {} if secret else {key: value for key, value in query.items() if key not in ("t", "c", "s", "h")},
            "if_match": headers.get("If-Match"),
            "if_none_match": headers.get("If-None-Match"),
            "status": None,
            "body": None if secret else body,
        }
        self.entries.append(entry)
        return entry
