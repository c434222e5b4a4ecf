"""The files that bring tables back at boot: their text and that of the units of systemd. Pure."""

from __future__ import annotations

import typing as t

from .._node.stamp import STAMP_CHAIN, Stamp
from .declared import DeclaredTable
from .table_change import stamped_text
from .table_text import replacement_text

FOLDER = "/etc/aks-dataplane/nftables.d"
UNITS = "/etc/systemd/system"
NAME = "aks-dataplane-nftables"
SERVICE = f"{NAME}.service"
AGAIN = f"{NAME}-again.service"
TARGET = f"{NAME}.target"

_MARK = "# aks.dataplane"

# Why units and command are as they are: docs/decisions/own-unit.md.
_LOAD = (
    f"bad=0; for file in {FOLDER}/*.nft; do"
    " [ -e $file ] || continue;"
    " read -r mark owner family name stamp <$file;"
    f' nft list chain $family $name {STAMP_CHAIN} 2>/dev/null | grep -qF "$stamp" && continue;'
    " nft -f $file || bad=1;"
    " done; exit $bad"
)

_HEAD = "# Made by the module aks.dataplane.node_nftables_ruleset, which also removes it.\n[Unit]\n"
_RUN = f"/bin/sh -c '{_LOAD.replace('$', '$$')}'"
_SERVICE = f"""\
{_HEAD}Description=nftables tables declared with aks.dataplane
DefaultDependencies=no
StartLimitIntervalSec=0
Wants=network-pre.target
Before=network-pre.target
After=nftables.service local-fs.target systemd-modules-load.service
PartOf=nftables.service
ReloadPropagatedFrom=nftables.service

[Service]
Type=oneshot
SuccessExitStatus=1
RemainAfterExit=yes
ExecStart={_RUN}
ExecReload={_RUN}
"""

_AGAIN = f"""\
{_HEAD}Description=nftables tables declared with aks.dataplane, after nftables.service was started
DefaultDependencies=no
StartLimitIntervalSec=0
After=nftables.service local-fs.target {SERVICE}

[Service]
Type=oneshot
SuccessExitStatus=1
ExecStart={_RUN}

[Install]
WantedBy=nftables.service
"""

_TARGET = f"""\
{_HEAD}Description=nftables tables declared with aks.dataplane are kept loaded
DefaultDependencies=no
Wants={SERVICE}
Upholds={SERVICE}
Conflicts=shutdown.target
Before=shutdown.target

[Install]
WantedBy=sysinit.target
"""

# What has to be in which file, and the links that enable the units. The last one is for the next boot only.
FILES = {f"{UNITS}/{SERVICE}": _SERVICE, f"{UNITS}/{AGAIN}": _AGAIN, f"{UNITS}/{TARGET}": _TARGET}
LINKS = {f"{UNITS}/nftables.service.wants/{AGAIN}": f"../{AGAIN}", f"{UNITS}/sysinit.target.wants/{TARGET}": f"../{TARGET}"}


def path_of_table(family: str, name: str) -> str:
    return f"{FOLDER}/{family}.{name}.nft"


def table_files(tables: t.Iterable[DeclaredTable], stamps: t.Mapping[tuple[str, str], Stamp]) -> dict[str, str | None]:
    """Text by path of what is to be there for these tables; null where there is no stamp, so that the file has to go."""
    named = ((path_of_table(table.family, table.name), table, stamps.get((table.family, table.name))) for table in tables)
    return {path: table_file(table, stamp) if stamp else None for path, table, stamp in named}


def table_file(table: DeclaredTable, stamp: Stamp) -> str:
    """What nft loads: in one transaction the table as declared, in place of the one that may be there. Its first line is for the unit to read."""
    name = f"{table.family} {table.name}"
    return (
        f"{_MARK} {name} {stamp.header}\n"
        f"# Written by the module aks.dataplane.node_nftables_ruleset. Changes will be overwritten.\n"
        f"{table.preamble}{replacement_text(table.family, table.name, stamped_text(table, stamp))}"
    )
