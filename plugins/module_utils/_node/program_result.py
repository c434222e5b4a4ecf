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
        ended = f"exit status {self.status}" if self.status >= 0 else f"ended by signal {-self.status}"
        return (self.err or self.out).strip() or ended

    @property
    def last_line(self) -> str:
        """The last line of that: other programs warn first, and end with the reason."""
        return self.complaint.splitlines()[-1].strip()
