"""All data planes that a run can be about."""

from __future__ import annotations

from . import host_routing, kube_proxy
from .data_plane import DataPlane
from .settings import Settings

ALL: tuple[DataPlane, ...] = (kube_proxy.DATA_PLANE, host_routing.DATA_PLANE)
BY_SUBJECT = {one.subject: one for one in ALL}
BY_VARIABLE = {one.variable: one for one in ALL}


def declared(settings: Settings) -> list[DataPlane]:
    """Those that the cluster's variables declare."""
    return [one for one in ALL if settings.declarations[one.variable]]
