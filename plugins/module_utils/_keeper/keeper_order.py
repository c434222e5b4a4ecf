"""What one ruleset is to be on each node, as the controller writes it and the keeper reads it. Pure."""

from __future__ import annotations

import dataclasses
import functools
import json

from .._nft.declared import CONTENT, Declaration, unpack
from .._node.stamp import digest


@dataclasses.dataclass(frozen=True)
class KeeperOrder:
    """ruleset: its name, the owner of its tables. text: what nft is to load. declaration: what was read of it, as _nft.declaration_pack packs it.

    adopt: whether tables that nobody's stamp is on are taken over. lockout_timeout: seconds in which a new connection to the API server has to succeed
    after a change; 0 for no such condition. port: of the readiness, on the loopback address.
    """

    ruleset: str
    text: str
    declaration: str
    adopt: bool = False
    lockout_timeout: int = 60
    port: int = 0

    @functools.cached_property
    def digest(self) -> str:
        """24 characters, of all that matters to the node's tables."""
        return digest(json.dumps([self.ruleset, self.text, self.declaration, self.adopt, self.lockout_timeout]))

    @functools.cached_property
    def declared(self) -> Declaration:
        """The tables, owned by the ruleset."""
        found = unpack(self.text, self.declaration, CONTENT, ())
        return dataclasses.replace(found, tables=tuple(dataclasses.replace(table, owner=self.ruleset) for table in found.tables))


def to_json(order: KeeperOrder) -> str:
    """The content of the file of the order."""
    return json.dumps({**dataclasses.asdict(order), "digest": order.digest}, sort_keys=True)


def from_json(text: str) -> KeeperOrder:
    """Of that content. ValueError when it is none; the digest is made anew, so what does not belong to it is such a case, too."""
    try:
        given = json.loads(text)
        said = given.pop("digest")
        order = KeeperOrder(**given)
    except (AttributeError, KeyError, TypeError) as exc:
        raise ValueError(f"it is no order of a ruleset: {exc}") from exc
    if said != order.digest:
        raise ValueError("its digest is that of another order")
    return order
