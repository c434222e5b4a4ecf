"""The mark on a table of node_nftables_ruleset: an empty chain whose comment says what was declared and how that was listed.

A comment of a table cannot be changed, one of a chain can: by deleting and adding the chain. It goes when the rules go.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re

STAMP_CHAIN = "aks-dataplane-stamp"
_COMMENT = re.compile(
    r'comment "declared=([0-9a-f]{24}) listed=([0-9a-f]{24}|-) nft=([^ "/]{1,40})(?:/([0-9a-f]{24}))?(?: by=([a-z0-9-]+))?"'
)


def digest(text: str) -> str:
    """24 characters, as a stamp holds them."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


@dataclasses.dataclass(frozen=True)
class Stamp:
    """declared: digest of the declaration. listed: fingerprint of what it became; null when that cannot show whether it is as declared.
    nft: version of the nft that listed it: versions differ in that. seen: the fingerprint where C(listed) is null. owner: the ruleset of a cluster, if any.
    """

    declared: str
    listed: str | None
    nft: str
    seen: str | None = dataclasses.field(default=None, compare=False)
    owner: str = ""

    @property
    def header(self) -> str:
        """The line in its chain; nft takes at most 128 characters in quotes."""
        end = (f"/{self.seen}" if self.seen else "") + (f" by={self.owner}" if self.owner else "")
        return f'comment "declared={self.declared} listed={self.listed or "-"} nft={self.nft}{end}"'


def stamp_of_comment(text: str) -> Stamp | None:
    """From the comment of its chain, without quotes."""
    return stamp_of_line(f'comment "{text}"')


def stamp_of_line(line: str) -> Stamp | None:
    """From the line in its chain, or in a file; null when it is none."""
    found = _COMMENT.fullmatch(line)
    return Stamp(found[1], None if found[2] == "-" else found[2], found[3], found[4], found[5] or "") if found else None
