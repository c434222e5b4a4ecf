"""Programs of a node: where they are found, and what became of one that ran."""

from __future__ import annotations

import os
import shutil
import typing as t

SEARCH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"))


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
    def last_words(self) -> str:
        """The last line of that: other programs warn first, and end with the reason."""
        return self.complaint.splitlines()[-1].strip()


def find(program: str) -> str | None:
    """Its path; None when there is no such program."""
    return shutil.which(program, path=SEARCH)
