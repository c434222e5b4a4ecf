# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the simulator, without secrets, in the order of arrival."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from tools.rights.catalogue import KubernetesRight
from tools.rights.requests import azure_action, kubernetes_rights

# In the header User-Agent of the collection's requests, not in those of other clients.
OURS = re.compile(r"ansible-aks[.-]dataplane")

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
        self.kubernetes_rights: set[KubernetesRight] = set()
        self.azure_actions: set[str] = set()

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
        # A WebSocket of the kubernetes package has no such header.
        if OURS.search(headers.get("User-Agent", "")) or headers.get("Upgrade", "").lower() == "websocket":
            self._note_rights(kind, method, path)
        return entry

    def rights(self) -> dict[str, t.Any]:
        """What the collection's requests needed since the simulator was started, in the terms of C(tools.rights)."""
        return {"kubernetes": [dataclasses.asdict(right) for right in sorted(self.kubernetes_rights)], "azure": sorted(self.azure_actions)}

    def _note_rights(self, kind: str, method: str, path: str) -> None:
        if kind == "kube":
            self.kubernetes_rights |= kubernetes_rights(method, path[path.index("/", len("/k8s/")) :])
        elif kind in ("arm", "operation"):
            self.azure_actions.add(azure_action(method, path))
