# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of the node that are not as they should be: one clear error with the name, and what others could write is ours only."""

from __future__ import annotations

import typing as t

import pytest

from tests.support.nft.lab import LabNode
from tests.support.nft.node import INFO, TABLES

OLD = "table inet ours {\nchain c {\ntcp dport 22 accept\n}\n}\n"
NEW = OLD.replace("22", "23")
ETC, RUN = "/etc/aks-dataplane", "/run/aks-dataplane"
BACKUPS = f"{ETC}/backups"
FULL = "mkdir -p {0} && mount -t tmpfs -o size=4k full {0} && head -c 4096 /dev/zero >{0}/zeros"
READ_ONLY = "mkdir -p {0} && mount -t tmpfs -o ro read-only {0}"

TROUBLE = {
    "etc-is-a-file": (f"echo >{ETC}", {}, "NotPersisted", ETC, "Not a directory"),
    "etc-is-a-link-loop": (f"ln -s aks-dataplane {ETC}", {}, "NotPersisted", ETC, "Too many levels"),
    "etc-is-full": (FULL.format(ETC), {}, "NotPersisted", ETC, "No space left"),
    "etc-is-read-only": (READ_ONLY.format(ETC), {}, "NotPersisted", ETC, "Read-only"),
    "folder-of-tables-is-a-file": (f"mkdir {ETC} && echo >{TABLES}", {}, "NotPersisted", TABLES, "Not a directory"),
    "file-of-table-is-a-folder": (f"mkdir -p {TABLES}/inet.ours.nft", {}, "NotPersisted", TABLES, "Is a directory"),
    "check-mode": (f"echo >{ETC}", {"check": True}, "FileTrouble", ETC, "Not a directory"),
    "removal": (f"rm -rf {ETC} && echo >{ETC}", {"state": "absent"}, "NotPersisted", ETC, "Not a directory"),
    "backup-is-a-file": (f"echo >{BACKUPS}", {"backup": True}, "FileTrouble", BACKUPS, "Not a directory"),
    "backup-is-full": (FULL.format(BACKUPS), {"backup": True}, "FileTrouble", BACKUPS, "No space left"),
    "backup-is-read-only": (READ_ONLY.format(BACKUPS), {"backup": True}, "FileTrouble", BACKUPS, "Read-only"),
    "run-is-a-file": (f"rm -rf {RUN} && echo >{RUN}", {}, "FileTrouble", RUN, "Not a directory"),
    "run-is-a-link-loop": (f"rm -rf {RUN} && ln -s aks-dataplane {RUN}", {}, "FileTrouble", RUN, "Too many levels"),
    "run-is-read-only": (READ_ONLY.format(RUN), {}, "FileTrouble", RUN, "Read-only"),
    "lock-is-a-folder": (f"rm -rf {RUN} && mkdir -p {RUN}/nftables.INODE.lock", {}, "FileTrouble", RUN, "Is a directory"),
    "lock-is-a-link": (f"rm -f {RUN}/* && ln -s x {RUN}/nftables.INODE.lock", {}, "FileTrouble", RUN, "Too many levels"),
    "no-room-for-the-confirmation": (
        FULL.format(RUN),
        {"confirm_timeout": 30, "wire_confirm": {"token": "ab" * 16, "step": "arm"}},
        "NotArmed",
        RUN,
        "No space left",
    ),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_trouble_with_a_file(nft_node: LabNode, name: str) -> None:
    prepare, options, code, path, reason = TROUBLE[name]
    nft_node.ask(OLD, persist=name == "removal" or name.startswith("backup"))
    nft_node.run("sh", "-c", prepare.replace("INODE", str(nft_node.inode)))
    before = nft_node.listing()
    result = nft_node.ask(NEW, **t.cast("dict[str, t.Any]", options))
    assert (result["failed"], result["error"]["code"]) == (True, code), result
    assert path in result["msg"]
    assert reason in result["msg"]
    assert "None" not in result["msg"]
    # Whether the rules have changed is said truly.
    assert result.get("changed", False) is (nft_node.listing() != before) is (code == "NotPersisted")


def test_trouble_with_a_file_while_looking(nft_node: LabNode) -> None:
    nft_node.ask(OLD)
    nft_node.run("sh", "-c", f"rm {TABLES}/inet.ours.nft && mkdir {TABLES}/inet.ours.nft")
    result = nft_node.ask(name=INFO)
    assert (result["failed"], result["error"]["code"]) == (True, "FileTrouble")
    assert f"{TABLES}/inet.ours.nft: Is a directory" in result["msg"]


@pytest.mark.parametrize("umask", ["0", "002", "077", "0777"])
def test_nobody_else_can_write_what_is_loaded_at_boot(nft_node: LabNode, umask: str) -> None:
    nft_node.pretend_systemd()
    for content in (OLD, NEW):
        nft_node.apply(content=content, backup=True, before=("sh", "-c", f'umask {umask}; exec "$@"', "sh"))
    modes = dict(line.split()[::-1] for line in nft_node.run("sh", "-c", f"find {ETC} {RUN} -printf '%m %p\\n'").splitlines())
    assert modes.pop(RUN) == "700"
    assert {mode for path, mode in modes.items() if "." not in path.rpartition("/")[2]} | {modes[TABLES]} == {"755"}
    assert {mode for path, mode in modes.items() if path.endswith((".nft", ".lock"))} == {"600"}
    units = nft_node.run("sh", "-c", "stat -c %a /etc/systemd/system/aks-dataplane* /etc/systemd/system/nftables.service.wants").split()
    assert units == ["644", "644", "644", "755"]


def test_folders_that_others_can_write_are_mended(nft_node: LabNode) -> None:
    """As runs of earlier versions with an open umask left them."""
    nft_node.ask(OLD)
    nft_node.run("chmod", "777", ETC, TABLES)
    for check in (True, False):
        assert nft_node.ask(OLD, check=check)["persisted"]["changed"] == [ETC, TABLES]
    assert nft_node.run("stat", "-c", "%a", ETC, TABLES).split() == ["755", "755"]
    assert nft_node.ask(OLD)["persisted"]["changed"] == []


@pytest.mark.parametrize("interface", ["a;b", "a=b", "a{b", "a,b", "a#b", "a'b", "-x", "a*"])
def test_interfaces_with_strange_names(nft_node: LabNode, interface: str) -> None:
    nft_node.run("ip", "link", "add", "name", interface, "type", "veth")
    content = f'define outside = "{interface}"\ntable inet ours {{\nchain c {{\niif "{interface}" accept\noif $outside accept\n}}\n}}\n'
    assert nft_node.ask(content).get("changed"), nft_node.ask(content)
    assert nft_node.unchanged(content)


def test_byte_order_mark(nft_node: LabNode) -> None:
    assert nft_node.ask("\ufeff" + OLD)["changed"]
    assert nft_node.unchanged(OLD)
