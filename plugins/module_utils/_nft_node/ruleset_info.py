"""Which tables of a node are ours, and how it stands with them. Only reads."""

from __future__ import annotations

import glob
import typing as t

from .._nft import boot_files
from .._node.netlink_messages import GET_CHAIN, pack_request, read_comment, read_text, unpack_content
from .._node.netlink_socket import NftKernel
from .._node.programs import RunCommand, run_program
from .._node.stamp import STAMP_CHAIN, Stamp, stamp_of_comment, stamp_of_line
from .confirmation import OPEN, known_windows
from .packet_filter import PacketFilter, asking
from .persistence import has_systemd, wrong_units


def read_ruleset_info(run_command: RunCommand) -> dict[str, t.Any]:
    """The result of the module. DataplaneError when the node may not be looked at; OSError."""
    nft = PacketFilter()
    there = nft.tables()
    found = _stamps()
    files = {table_of_path(path): path for path in glob.glob(f"{boot_files.FOLDER}/*.nft")}
    return {
        "tables": [
            _table(nft, name, found.get(name), name in there, files.get(name))
            for name in sorted({*(name for name, stamp in found.items() if stamp), *files})
        ],
        "persistence": _persistence(run_command),
        "confirmation": _confirmation(run_command, nft),
        "nft": nft.version,
    }


def table_of_path(path: str) -> tuple[str, str]:
    """Family and name of the table whose file that is."""
    family, _dot, name = path.rpartition("/")[2].removesuffix(".nft").partition(".")
    return family, name


def _stamps() -> dict[tuple[str, str], Stamp | None]:
    """Those on all tables; null where one cannot be read."""
    with asking():
        found = map(unpack_content, NftKernel().ask(pack_request(GET_CHAIN)))
    # NFTA_CHAIN_* of linux/netfilter/nf_tables.h: 1 the table, 3 the name, 12 what holds the comment.
    stamped = [(family, chain) for family, chain in found if read_text(chain[3]) == STAMP_CHAIN]
    return {(family, read_text(chain[1])): stamp_of_comment(read_comment(chain.get(12, b""))) for family, chain in stamped}


def _table(nft: PacketFilter, name: tuple[str, str], stamp: Stamp | None, is_there: bool, file: str | None) -> dict[str, t.Any]:
    table = nft.table(*name) if stamp else None
    live = table.fingerprint() if table else None
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


def _drift(stamp: Stamp, live: str, nft: PacketFilter) -> bool | None:
    """Null when it is unknown: a listing does not identify every declaration, and other versions of nft list differently."""
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


def _persistence(run_command: RunCommand) -> dict[str, t.Any]:
    systemd = has_systemd()
    active = systemd and run_program(run_command, "systemctl", "is-active", "--quiet", boot_files.SERVICE).status == 0
    return {"systemd": systemd, "enabled": systemd and not wrong_units(), "active": active}


def _confirmation(run_command: RunCommand, nft: PacketFilter) -> dict[str, t.Any] | None:
    shown = (window.progress() for window in known_windows(run_command, nft.path))
    return next((progress for progress in shown if progress["state"] in OPEN), None)
