"""Which tables of a node are ours, and how it stands with them. Only reads."""

from __future__ import annotations

import glob
import typing as t

from .._common.errors import DataplaneError
from .._nft import unit
from .._nft.stamp import fingerprint
from .._node.stamp import Stamp, stamp_of_line
from . import kernel
from .confirm import ROLLING_BACK, boot_seconds, windows
from .persistence import has_systemd, units_in_place
from .port import PENDING
from .runner import Nft

RunCommand = t.Callable[..., tuple[int, str, str]]


def look(run_command: RunCommand) -> dict[str, t.Any]:
    """The result of the module. DataplaneError when the node may not be looked at."""
    nft = Nft()
    there = kernel.tables()
    found = kernel.stamps()
    files = {unit.name_in(path): path for path in glob.glob(f"{unit.FOLDER}/*.nft")}
    return {
        "tables": [
            _table(nft, name, found.get(name), name in there, files.get(name))
            for name in sorted({*(name for name, stamp in found.items() if stamp), *files})
        ],
        "persistence": _persistence(run_command),
        "confirmation": _confirmation(run_command, nft),
        "nft": nft.version,
    }


def _table(nft: Nft, name: tuple[str, str], stamp: Stamp | None, is_there: bool, file: str | None) -> dict[str, t.Any]:
    table = nft.table(*name) if stamp else None
    live = fingerprint(table) if table else None
    kept = _file_stamp(file) if file else None
    return {
        "family": name[0],
        "name": name[1],
        "present": is_there,
        "declared": stamp.declared if stamp else None,
        "listed": stamp.listed if stamp else None,
        "live": live,
        "nft": stamp.nft if stamp else None,
        "drift": _drift(stamp, live, nft) if stamp and live else None,
        "file": file,
        "persisted": kept is not None and stamp is not None and kept.declared == stamp.declared,
    }


def _drift(stamp: Stamp, live: str, nft: Nft) -> bool | None:
    """Null when it cannot be told: not every declaration can be told by its listing, and other versions of nft list differently."""
    if stamp.listed == live:
        return False
    return True if stamp.listed and stamp.nft == nft.version else None


def _file_stamp(path: str) -> Stamp | None:
    """The stamp in the first line of a table's file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return stamp_of_line(file.readline().strip().split(" ", 4)[-1])
    except FileNotFoundError:
        return None
    except PermissionError as exc:
        raise DataplaneError(f"{path} may not be read.", remedy="Run the task as root, with become: true.", code="NotPermitted") from exc


def _persistence(run_command: RunCommand) -> dict[str, t.Any]:
    systemd = has_systemd()
    active = systemd and run_command(["systemctl", "is-active", "--quiet", unit.SERVICE], handle_exceptions=False)[0] == 0
    return {"systemd": systemd, "enabled": systemd and units_in_place(), "active": active}


def _confirmation(run_command: RunCommand, nft: Nft) -> dict[str, t.Any] | None:
    for window in windows(run_command, nft.path):
        if window.state in (PENDING, ROLLING_BACK):
            return {"state": window.state, "seconds": max(window.deadline - boot_seconds(), 0)}
    return None
