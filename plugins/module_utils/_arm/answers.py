"""Whether an answer is what it claims to be, before anything of it is believed. Pure.

A proxy, a portal or a stub may answer with 200 as well, or with another resource. Each function returns what was asked for, or raises the one
error C(BadAnswer). C(what) is always the request, to begin a sentence with.
"""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from .cluster_shape import find_fault
from .errors import ArmError

CLUSTER_TYPE = "Microsoft.ContainerService/managedClusters"
# Of the id of a cluster, between its slashes, of which the first has nothing before it.
_PARTS = 9

# What ARM and AKS say of a resource that does not exist; a 404 without one of these is not theirs, or about something else.
_MISSING = frozenset({"resourcenotfound", "notfound"})


def bad_answer(what: str, why: str) -> ArmError:
    """The error, to be raised. why: the end of the sentence, after "was answered with"."""
    return ArmError(
        f"{what} was answered with {why}.",
        remedy=(
            "Find the service that answers instead of Azure Resource Manager, for example a proxy (HTTPS_PROXY, NO_PROXY), the sign-in page of a "
            "network, or another service at cloud_environment. Then run again."
        ),
        code="BadAnswer",
    )


def object_in(body: t.Any, what: str) -> dict[str, t.Any]:
    """The JSON object that every answer with content is."""
    if not isinstance(body, dict):
        raise bad_answer(what, "no JSON object")
    return body


def check_resource(body: t.Any, path: str, kind: str, what: str) -> dict[str, t.Any]:
    """The resource that was asked for. path: its resource id in any case, as part of a URL. kind: its type."""
    resource, wanted = object_in(body, what), urllib.parse.unquote(path)
    # The name of a resource inside of another one is that of both: as many parts as its type has after the namespace.
    name = "/".join(wanted.split("/")[1 - 2 * kind.count("/") :: 2])
    for key, value in (("id", wanted), ("type", kind), ("name", name)):
        check_text(resource, key, value, what)
    return resource


def check_text(answer: t.Mapping[str, t.Any], key: str, wanted: str, what: str) -> None:
    """That the answer has this text at the key; ARM ignores case in names."""
    found = answer.get(key)
    if not isinstance(found, str) or found.casefold() != wanted.casefold():
        raise bad_answer(what, f"another resource: its {key} is {_shown(found)}, not {wanted}")


def _shown(value: t.Any) -> str:
    """A value of an answer, fit for a message whatever it is."""
    if value is None:
        return "missing"
    return value[:200] if isinstance(value, str) and value.isprintable() and value else "no name"


def check_cluster(body: t.Any, path: str, what: str) -> dict[str, t.Any]:
    """The cluster with this resource id, whose parts that this collection reads have the types that they must have."""
    cluster = check_resource(body, path, CLUSTER_TYPE, what)
    fault = find_fault(cluster)
    if fault:
        raise bad_answer(what, f"no cluster: {fault}")
    return cluster


def check_listed_cluster(element: t.Any, scope: str, what: str) -> dict[str, t.Any]:
    """An element of a list of clusters. scope: the path of the subscription or resource group whose clusters were asked for."""
    what = f"{what} (an element of the list)"
    cluster = object_in(element, what)
    identifier, name = cluster.get("id"), cluster.get("name")
    parts = identifier.split("/") if isinstance(identifier, str) else []
    within = f"{urllib.parse.unquote(scope)}/".casefold()
    if len(parts) != _PARTS or not all(parts[1:]) or not isinstance(name, str) or not f"{identifier}/".casefold().startswith(within):
        raise bad_answer(what, f"no cluster in {urllib.parse.unquote(scope)}: its id is {_shown(identifier)}")
    wanted = "/".join([*parts[:3], "resourceGroups", parts[4], "providers", CLUSTER_TYPE, name])
    return check_cluster(cluster, urllib.parse.quote(wanted), what)


@dataclasses.dataclass(frozen=True)
class Page:
    """A page of a list. following: URL of the next one, V('') after the last."""

    elements: list[dict[str, t.Any]]
    following: str


def read_page(body: t.Any, what: str) -> Page:
    """A page of a list, whose elements are objects."""
    page = object_in(body, what)
    elements, following = page.get("value"), page.get("nextLink")
    if not isinstance(elements, list):
        raise bad_answer(what, "no list: it has no value with elements")
    if not all(isinstance(element, dict) for element in elements):
        raise bad_answer(what, "no list of resources: an element is no object")
    if following is not None and not isinstance(following, str):
        raise bad_answer(what, "no list: its nextLink is no text")
    return Page(elements, following or "")


def text_at(body: t.Any, keys: tuple[str, ...], what: str) -> str:
    """The text at these keys, one inside of the other, which must be there."""
    node: t.Any = object_in(body, what)
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    if not isinstance(node, str) or not node:
        raise bad_answer(what, f"another resource: it has no {'.'.join(keys)}")
    return node


def says_missing(error: ArmError) -> bool:
    """Whether Azure itself says that the resource does not exist."""
    return error.status == 404 and error.code.casefold() in _MISSING
