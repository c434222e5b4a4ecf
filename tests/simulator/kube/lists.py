# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes list semantics: selectors, pages, and the names of collections."""

from __future__ import annotations

import base64
import json
import re
import typing as t

from aiohttp import web

from ..errors import ApiError, kubernetes

Object = t.Mapping[str, t.Any]

# What every API server has, by plural.
KINDS = {
    "configmaps": "ConfigMap",
    "daemonsets": "DaemonSet",
    "deployments": "Deployment",
    "endpointslices": "EndpointSlice",
    "events": "Event",
    "namespaces": "Namespace",
    "nodes": "Node",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "pods": "Pod",
    "services": "Service",
}


def page(items: t.Sequence[Object], kind: str, version: str, query: t.Mapping[str, str]) -> web.Response:
    """One page of a list, after the selectors."""
    chosen = [
        item
        for item in items
        if _labels_match(item, query.get("labelSelector", "")) and _fields_match(item, query.get("fieldSelector", ""))
    ]
    start = _offset(query.get("continue", ""))
    limit = int(query.get("limit") or 0) or len(chosen) or 1
    metadata: dict[str, t.Any] = {"resourceVersion": "4711"}
    if start + limit < len(chosen):
        token = json.dumps({"v": "meta.k8s.io/v1", "start": start + limit})
        metadata["continue"] = base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")
        metadata["remainingItemCount"] = len(chosen) - start - limit
    shown = chosen[start : start + limit]
    if kind.removesuffix("List") in KINDS.values():
        # Of what is built in, the list says it for all; custom resources say it each.
        shown = [{key: value for key, value in item.items() if key not in ("kind", "apiVersion")} for item in shown]
    return web.json_response({"kind": kind, "apiVersion": version, "metadata": metadata, "items": shown})


def _offset(token: str) -> int:
    """Where a page begins; ApiError for a token that is none."""
    if not token:
        return 0
    wrong = re.search(r"[^A-Za-z0-9_-]", token)
    if wrong is not None:
        raise _no_token(f"illegal base64 data at input byte {wrong.start()}")
    text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("latin-1")
    try:
        return int(json.loads(text)["start"])
    except (ValueError, TypeError, KeyError) as exc:
        shown = text[:1] if text[:1].isascii() else f"\\u{ord(text[:1]):04x}"
        raise _no_token(f"invalid character '{shown}' looking for beginning of value") from exc


def _no_token(reason: str) -> ApiError:
    return kubernetes(400, "BadRequest", f"invalid continue token: continue key is not valid: {reason}")


def _labels_match(item: Object, selector: str) -> bool:
    labels = item["metadata"].get("labels") or {}
    return all(_label_matches(labels, term.strip()) for term in selector.split(",") if term.strip())


def _label_matches(labels: t.Mapping[str, str], term: str) -> bool:
    found = re.fullmatch(r"([^=!]+)(==|=|!=)([^=!]*)", term)
    if found:
        name, sign, value = (part.strip() for part in found.groups())
        return (labels.get(name) != value) if sign == "!=" else (labels.get(name) == value)
    return term[1:] not in labels if term.startswith("!") else term in labels


def _fields_match(item: Object, selector: str) -> bool:
    for term in selector.split(","):
        path, sign, value = term.partition("=")
        if not sign:
            continue
        negated, path = path.endswith("!"), path.removesuffix("!")
        # So called for events.
        path = "source.component" if path == "source" else path
        if (str(_at(item, path)) == value.removeprefix("=")) == negated:
            return False
    return True


def _at(item: t.Any, path: str) -> t.Any:
    for key in path.split("."):
        item = item.get(key, "") if isinstance(item, dict) else ""
    return item


def kind_of_collection(items: t.Sequence[Object], plural: str) -> str:
    """The list's kind: that of its items, or of what is built in, or a guess from the plural."""
    return f"{items[0]['kind'] if items else KINDS.get(plural, plural[:1].upper() + plural[1:].removesuffix('s'))}List"
