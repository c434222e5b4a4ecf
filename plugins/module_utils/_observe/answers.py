"""Whether an answer is the object or the list of Kubernetes that was asked for, before anything of it is believed. Pure.

Paths are those of the API, C(.../<resource>) for a list and C(.../<resource>/<name>) for an object. The faults are the ends of sentences that begin
with "the answer".
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._common.json_parts import Misshapen, text_at
from .kubernetes import KubeError

_LIST = "List"


class NotKubernetes(ValueError):
    """The answer is something else; C(str()) of it is the fault."""


@dataclasses.dataclass(frozen=True)
class Page:
    """A page of a list. following: the token for the next one, V('') after the last."""

    items: list[dict[str, t.Any]]
    following: str


def read_page(value: t.Mapping[str, t.Any], path: str) -> Page:
    """The page of a list; NotKubernetes."""
    kind, items = value.get("kind"), value.get("items")
    resource = path.rpartition("/")[2]
    if not isinstance(kind, str) or not kind.endswith(_LIST) or not _is_kind_of(kind.removesuffix(_LIST), resource):
        raise NotKubernetes(f"is no list of {resource}: its kind is {_shown(kind)}")
    # Go writes a list of nothing as null.
    elements = [] if items is None and "items" in value else items
    if not isinstance(elements, list):
        raise NotKubernetes("has no items")
    for item in elements:
        _check_item(item, kind.removesuffix(_LIST))
    try:
        return Page(elements, text_at(value, "metadata", "continue"))
    except Misshapen as exc:
        raise NotKubernetes("does not say in metadata.continue whether it is the last page") from exc


def check_object(value: t.Mapping[str, t.Any], path: str) -> None:
    """That an answer is an object of the resource that was asked for; NotKubernetes."""
    kind, resource = value.get("kind"), path.split("/")[-2]
    if not isinstance(kind, str) or not _is_kind_of(kind, resource):
        raise NotKubernetes(f"is no object of {resource}: its kind is {_shown(kind)}")


def _check_item(item: t.Any, kind: str) -> None:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        raise NotKubernetes("has an item without metadata.name")
    # In a list the items need not say what the list says.
    if (item.get("kind") or kind) != kind:
        raise NotKubernetes(f"has an item of the kind {_shown(item.get('kind'))} in a list of {kind}")


def _is_kind_of(kind: str, resource: str) -> bool:
    """Whether a resource, a plural in lower case, is that of a kind."""
    word = kind.lower()
    return resource.lower() in (f"{word}s", f"{word}es", f"{word.removesuffix('y')}ies")


def _shown(kind: t.Any) -> str:
    return kind[:100] if isinstance(kind, str) and kind.isprintable() and kind else "missing"


@contextlib.contextmanager
def reading(path: str) -> t.Iterator[None]:
    """For what makes typed values of an answer: KubeError with the code C(BadAnswer) when a part of it has another shape. path: what was asked for."""
    try:
        yield
    except Misshapen as exc:
        raise KubeError(
            f"Something else than the Kubernetes API answers GET {path}: in the answer, {exc}.",
            remedy=NOT_THE_API,
            code="BadAnswer",
            transient=True,
        ) from exc


NOT_THE_API = "Check that the kubeconfig names the API server of the cluster, and that no proxy or gateway answers instead."
