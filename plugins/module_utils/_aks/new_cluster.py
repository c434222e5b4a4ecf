"""The body of a cluster that an operator wants made."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError


def check_new_cluster(body: t.Mapping[str, t.Any]) -> None:
    """DataplaneError for a body that no cluster can be made of. body: in the shape of the ARM API."""
    for key, kind, shape in (("location", str, "the name of an Azure region"), ("properties", dict, "an object, as in the ARM API")):
        if not isinstance(body.get(key), kind) or not body[key]:
            raise DataplaneError(
                f"managed_cluster has no {key}, which must be {shape}.",
                remedy="Set it to the body of the cluster in the format of the Azure Resource Manager API, with location and properties at the top.",
            )
