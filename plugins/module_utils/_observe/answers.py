"""Whether an answer is the object or the list of Kubernetes that was asked for, before anything of it is believed. Pure.

Paths are those of the API, C(.../<resource>) for a list and C(.../<resource>/<name>) for an object. The faults are the ends of sentences that begin
with "the answer".
"""

from __future__ import annotations

import dataclasses
import typing as t

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
    if "items" not in value or not isinstance(items, (list, type(None))):
        raise NotKubernetes("has no items")
    for item in items or []:
        _check_item(item, kind.removesuffix(_LIST))
    metadata = value.get("metadata") or {}
    following = (metadata.get("continue") or "") if isinstance(metadata, dict) else None
    if not isinstance(following, str):
        raise NotKubernetes("does not say in metadata.continue whether it is the last page")
    return Page(items or [], following)


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
