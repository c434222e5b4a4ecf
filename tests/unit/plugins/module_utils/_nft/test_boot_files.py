# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for the next boot."""

from __future__ import annotations

from ansible_collections.aks.dataplane.plugins.module_utils._nft import boot_files
from ansible_collections.aks.dataplane.plugins.module_utils._nft.declaration import from_content
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.ruleset_info import table_of_path
from ansible_collections.aks.dataplane.plugins.module_utils._node.stamp import Stamp, stamp_of_line

DECLARATION = from_content("define a = 1\ndefine b = 2\ntable inet one {\nchain c {\ntcp dport $a accept\n}\n}\ntable ip two {\n}\n")
STAMP = Stamp("0" * 24, None, "1.0.6")


def test_file_of_a_table() -> None:
    text = boot_files.table_file(DECLARATION.tables[0], STAMP)
    first, _second, *rest = text.splitlines()
    assert first == f"# aks.dataplane inet one {STAMP.header}"
    assert stamp_of_line(first.split(" ", 4)[-1]) == STAMP
    assert rest[:3] == ["define a = 1", "table inet one", "delete table inet one"]
    assert "define b" not in text
    assert DECLARATION.tables[0].text in text
    assert from_content(f"{DECLARATION.tables[0].text}\n").tables[0].name == "one"


def test_names_of_files() -> None:
    assert boot_files.path_of_table("inet", "a.b-c") == "/etc/aks-dataplane/nftables.d/inet.a.b-c.nft"
    assert table_of_path(boot_files.path_of_table("inet", "a.b-c")) == ("inet", "a.b-c")


def test_units_refer_to_each_other() -> None:
    names = {path.rpartition("/")[2] for path in boot_files.FILES}
    assert names == {boot_files.SERVICE, boot_files.AGAIN, boot_files.TARGET}
    for path, target in boot_files.LINKS.items():
        assert path.rpartition("/")[2] in names
        assert target == f"../{path.rpartition('/')[2]}"
    for text in boot_files.FILES.values():
        # systemd puts something of its own in the place of a single dollar or percent sign.
        assert "%" not in text
        assert "$" not in text.replace("$$", "")
