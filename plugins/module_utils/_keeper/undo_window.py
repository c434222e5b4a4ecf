"""The time after a change in which the node has to reach the API server; else the keeper undoes the change.

What it needs for that is in one file below /run, replaced as a whole, so that a keeper that was killed is followed by one that knows. It says of a digest of
an order: C(pending), C(confirmed) or C(undone). Of another boot it says nothing: then the tables are gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from .._nft_node.confirmation import CONFIRMED, PENDING, boot_seconds
from .._nft_node.own_folders import RUN, network_namespace
from .._nft_node.persistence import replace_file

UNDONE = "undone"
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class UndoWindow:
    """As the engine takes it, see _nft.port.Confirmation."""

    def __init__(self, ruleset: str, digest: str, require: t.Callable[[], None]) -> None:
        """digest: of the order. require: fails where the end of the window could not be judged."""
        self._path = f"{RUN}/keeper.{network_namespace()}.{ruleset}.json"
        self._digest, self._require = digest, require
        self._record = self._read()

    @property
    def state(self) -> str | None:
        """Of this order; null when nothing is known of it."""
        return self._record["state"] if self._record.get("digest") == self._digest else None

    @property
    def is_pending(self) -> bool:
        """Whether there is time left for a connection."""
        return self.state == PENDING and self.seconds_left > 0

    @property
    def is_open(self) -> bool:
        """Whether a change, of this order or of another, is neither confirmed nor undone."""
        return self._record.get("state") == PENDING

    @property
    def seconds_left(self) -> int:
        """To the deadline; negative after it."""
        return int(self._record.get("deadline", 0)) - boot_seconds()

    @property
    def rollback(self) -> str:
        """The transaction that undoes the change."""
        return str(self._record.get("rollback", ""))

    @property
    def reason(self) -> str:
        """Why the change was undone."""
        return str(self._record.get("reason", ""))

    def arm(self, rollback: str, seconds: int) -> None:
        """One that is open goes on: what was before its change is what to restore. DataplaneError, OSError."""
        if self.state == PENDING:
            return
        self._require()
        self._write({"state": PENDING, "deadline": boot_seconds() + seconds, "rollback": rollback})

    def disarm(self) -> None:
        """Nothing was changed, so there is nothing to undo."""
        self._record = {}
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    def keep_result(self, result: t.Mapping[str, t.Any]) -> None:
        """The keeper that applies is the one that confirms."""

    def confirm(self) -> None:
        """The change stays."""
        try:
            self._write({"state": CONFIRMED})
        except OSError:
            # No room for it. Without the file, the next start does not undo anything either.
            self.disarm()
            self._record = {"state": CONFIRMED, "digest": self._digest}

    def undone(self, reason: str) -> None:
        """The change was taken back; this order is not tried again here. OSError."""
        self._write({"state": UNDONE, "reason": reason})

    def _write(self, record: dict[str, t.Any]) -> None:
        record = {**record, "digest": self._digest, "boot": _boot_id()}
        with replace_file(self._path, json.dumps(record), 0o600):
            pass
        self._record = record

    def _read(self) -> dict[str, t.Any]:
        try:
            with open(self._path, encoding="utf-8", errors="surrogateescape") as file:
                found = json.load(file)
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) and found.get("boot") == _boot_id() else {}


def _boot_id() -> str:
    with open(_BOOT_ID, encoding="ascii") as file:
        return file.read().strip()
