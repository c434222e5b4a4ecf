"""Which nft of kube-proxy dies of which sets and maps, and what to say of it. Pure."""

from __future__ import annotations

import typing as t

from .._common.errors import DataplaneError
from .._node.netlink_messages import IP_FAMILIES

Version = tuple[int, ...]
# The first nft that makes such sets, and reads them; the last one that dies of them, which 1.0.6.1 does not.
MAKES_THEM, LAST_TO_DIE = (1, 1, 2), (1, 0, 6)
_NAMED = 3


class FragileSet(t.NamedTuple):
    """One that an older nft cannot read. name: begins with __ where it has none in the declaration."""

    family: str
    table: str
    name: str

    @property
    def text(self) -> str:
        """For a message."""
        return f"{self.name} of {self.family} {self.table}" if self.name[:2] != "__" else f"a map in a rule of {self.family} {self.table}"


def is_beside_kube_proxy(there: t.Container[tuple[str, str]]) -> bool:
    """there: all tables of the node."""
    return any((family, "kube-proxy") in there for family in IP_FAMILIES)


def dies(nft: Version | None) -> bool | None:
    """Whether that version dies of them; null when that is not known. nft: of kube-proxy, null when that is not known."""
    if nft is None or (nft[:3] > LAST_TO_DIE and nft < MAKES_THEM):
        return None
    return nft <= LAST_TO_DIE


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
