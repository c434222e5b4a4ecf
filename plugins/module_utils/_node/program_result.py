"""What became of a program that ran on a node."""

from __future__ import annotations

import typing as t


class Ran(t.NamedTuple):
    """status: that of the process; negative when a signal ended it."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """All that it said, for a message: nft draws pictures."""
        return (self.err or self.out).strip() or f"exit status {self.status}"

    @property
    def last_line(self) -> str:
        """The last line of that: other programs warn first, and end with the reason."""
        return self.complaint.splitlines()[-1].strip()
