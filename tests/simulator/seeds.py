# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters to start with, made from recorded ones (C(tests/fixtures/clusters)).

overlay: azure CNI overlay, azure dataplane, kube-proxy never configured (derived from the recorded cilium-acns cluster).
byo-cni: network plugin none (derived likewise).
cilium-acns, kubenet-iptables, kubenet-ipvs: as recorded, with eTags.
"""

from __future__ import annotations

import json
import typing as t
import uuid

from .settings import FIXTURES, Settings

SEEDS = tuple(sorted(file.stem for file in (FIXTURES / "clusters").glob("*.json")))


def seeded_body(settings: Settings, name: str, seed: str, patch: t.Mapping[str, t.Any], nodes: int) -> dict[str, t.Any]:
    """The cluster as ARM stores it: the seed under its new name, with C(patch) merged in (a null removes a key)."""
    if seed not in SEEDS:
        raise ValueError(f"unknown seed {seed!r}; known: {', '.join(SEEDS)}")
    text = (FIXTURES / "clusters" / f"{seed}.json").read_text(encoding="utf-8")
    recorded = json.loads(text)
    text = text.replace("00000000-0000-0000-0000-000000000000", settings.subscription_id)
    text = text.replace(recorded["name"], name).replace("clitest000001", settings.resource_group)
    body = json.loads(text)
    profile = body["properties"]["agentPoolProfiles"][0]
    profile["count"] = nodes
    # Recordings of versions before eTags have none; every version that is asked today has.
    body["eTag"] = str(uuid.uuid4())
    profile["eTag"] = str(uuid.uuid4())
    merge(body, patch)
    return body


def merge(target: dict[str, t.Any], patch: t.Mapping[str, t.Any]) -> None:
    """JSON merge patch in place."""
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value
