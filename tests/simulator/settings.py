# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a simulator is started with."""

from __future__ import annotations

import dataclasses
import pathlib
import typing as t

NodeKind = t.Literal["netns", "memory"]

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


@dataclasses.dataclass(frozen=True)
class Settings:
    """Identities and start values. clusters: names, each as C(name) or C(name=seed); scale: real seconds per simulated second."""

    directory: pathlib.Path
    clusters: tuple[str, ...] = ("aks-a", "aks-b")
    nodes: int = 3
    node_kind: NodeKind = "memory"
    scale: float = 0.02
    port: int = 0
    tenant: str = "72f988bf-86f1-41af-91ab-2d7cd011db47"
    client_id: str = "3f1b7a52-9a3c-4f0e-8f63-5d6a2c1e4b70"
    secret: str = "simulated~secret.of-the-service_principal"
    subscription_id: str = "8d05cbb9-3c8e-4c1f-9b0a-6a2d7e5f4c31"
    resource_group: str = "rg-dataplane"
    location: str = "westeurope"
