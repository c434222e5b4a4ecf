# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our tables of read-only and of known properties against the models of the newest Azure SDK, which the local environment has."""

from __future__ import annotations

import sys
import types
import typing as t

from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import DEFAULT_STABLE
from ansible_collections.aks.dataplane.plugins.module_utils._aks.body import READ_ONLY
from ansible_collections.aks.dataplane.plugins.module_utils._aks.cluster_model import MODEL
from azure.mgmt.containerservice import models

from tests.simulator.arm import schema

# In our table, but not read-only in the stable models of every SDK that is supported.
OURS_ONLY = {
    "properties.agentPoolProfiles.*.nodeImageVersion": "writable in new api-versions, where it rolls the pool back to that image",
    "properties.httpProxyConfig.effectiveNoProxy": "in previews only",
    "properties.ingressProfile.applicationLoadBalancer.identity": "in previews only",
    "properties.ingressProfile.webAppRouting.defaultDomain.domainName": "in previews only",
    "properties.networkProfile.clusterAPIConnectivityProfile.bastion.bastionId": "in previews only",
    "properties.storageProfile.diskCSIDriver.quickAttachDetach.identity": "in previews only",
}

Keys = tuple[str, ...]


def rest_fields(model: type) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    """Key, field and type of each property of a model, inherited ones included."""
    for base in model.__mro__[::-1]:
        names = vars(sys.modules[base.__module__])
        for name, annotation in vars(base).get("__annotations__", {}).items():
            field = vars(base).get(name)
            if hasattr(field, "_visibility"):
                kind = eval(annotation, {**names, "_models": models}) if isinstance(annotation, str) else annotation
                yield field._rest_name_input or name, field, kind


def models_in(annotation: t.Any, keys: Keys = ()) -> t.Iterator[tuple[Keys, type]]:
    """The models in a type, and the keys that lead to them."""
    if isinstance(annotation, t.ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        annotation = getattr(models, annotation.rpartition(".")[2])
    origin, arguments = t.get_origin(annotation), t.get_args(annotation)
    if origin in (list, dict):
        yield from models_in(arguments[-1], (*keys, "*"))
    elif origin in (t.Union, types.UnionType):
        for argument in arguments:
            yield from models_in(argument, keys)
    elif isinstance(annotation, type) and issubclass(annotation, models.ManagedCluster.__mro__[3]):
        yield keys, annotation


def read_only(model: type, keys: Keys = (), above: frozenset[type] = frozenset()) -> t.Iterator[str]:
    for key, field, annotation in rest_fields(model):
        if field._visibility == ["read"]:
            yield ".".join((*keys, key))
            continue
        for inner, child in models_in(annotation, (*keys, key)):
            if child not in above:
                yield from read_only(child, inner, above | {model})


def names(model: type, keys: Keys = (), above: frozenset[type] = frozenset()) -> t.Iterator[str]:
    """The paths of all properties, without places in lists."""
    for key, _field, annotation in rest_fields(model):
        yield ".".join((*keys, key))
        for inner, child in models_in(annotation, (*keys, key)):
            if child not in above:
                yield from names(child, inner, above | {model})


def test_every_property_of_the_model_is_known() -> None:
    """Lists and objects with any names both have a star in the paths of the SDK; in ours only the latter. What is below a status AKS alone writes."""
    known = {f"{path}.{name}".lstrip(".") for path, listed in MODEL.items() for name in listed.split()}
    of_sdk = {path for path in names(models.ManagedCluster) if ".status." not in path}
    assert len(of_sdk) > 400
    without_stars = {path.replace(".*", "") for path in known}
    assert {path.replace(".*", "") for path in of_sdk} <= without_stars


def test_our_model_is_that_of_one_version() -> None:
    """Of the tree that the simulator has too: a name that is only in ours would be sent back as a null that AKS may refuse."""
    tree = schema.tree(DEFAULT_STABLE)

    def objects(node: t.Any, path: str = "") -> t.Iterator[tuple[str, set[str]]]:
        if node == "*":
            yield path, {"*"}
        elif isinstance(node, dict):
            yield path, set(node)
            for key, child in node.items():
                yield from objects(child, f"{path}.{key}".lstrip("."))

    assert {path: set(listed.split()) for path, listed in MODEL.items()} == dict(objects(tree))


def test_the_table_is_that_of_the_sdk() -> None:
    assert len(READ_ONLY) == len(set(READ_ONLY))
    of_sdk = set(read_only(models.ManagedCluster))
    assert len(of_sdk) > 20
    assert set(READ_ONLY) - set(OURS_ONLY) <= of_sdk <= set(READ_ONLY)
    assert set(OURS_ONLY) <= set(READ_ONLY)


def test_the_power_state_of_a_pool_is_ours_to_write() -> None:
    fields = {key: field for key, field, _annotation in rest_fields(models.ManagedClusterAgentPoolProfile)}
    assert "update" in fields["powerState"]._visibility
