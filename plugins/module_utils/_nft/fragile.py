"""What is said of sets and maps of which kube-proxy's nft dies. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .._node.fragile_sets import FragileSet
from .._node.netlink_messages import IP_FAMILIES

_NAMED = 3


def is_beside_kube_proxy(there: t.Container[tuple[str, str]]) -> bool:
    """there: all tables of the node."""
    return any((family, "kube-proxy") in there for family in IP_FAMILIES)


def crashes(found: t.Iterable[FragileSet]) -> DataplaneError:
    """The nft of kube-proxy would."""
    return DataplaneError(f"{_reason(found)} crashes on them.", remedy=f"{_CURE} Nothing was changed.", code="CrashesKubeProxy")


def may_crash(found: t.Iterable[FragileSet]) -> str:
    """A warning: which nft kube-proxy has cannot be seen."""
    return f"{_reason(found)} may crash on them. {_CURE}"


def _reason(found: t.Iterable[FragileSet]) -> str:
    texts = sorted({item.text for item in found})
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return (
        f"nft 1.1.2 and newer create sets and maps of one plain type that older ones cannot read ({', '.join(texts[:_NAMED])}{more});"
        " the nft of kube-proxy on this node"
    )


_CURE = (
    "Declare sets and maps with typeof (typeof ip saddr instead of type ipv4_addr), instead of a map in a rule one with a name;"
    " or give kube-proxy an image with nft 1.0.6.1 (kubernetes/kubernetes 136786)."
)
