# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An nft that does not come to its end, whichever it is: refused by a code of its own, with a remedy that fits."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node import packet_filter
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.packet_filter import PacketFilter


@pytest.mark.parametrize(
    ("end", "complaint", "remedy"),
    [
        ("kill -SEGV $$", "ended by signal 11", "Upgrade"),
        ("kill -ABRT $$", "ended by signal 6", "Upgrade"),
        # A wrapper of nft, which a container or an administrator may have put there.
        ("exit 139", "exit status 139", "Upgrade"),
        ("echo 'BUG: unhandled' >&2; exit 134", "BUG: unhandled", "Upgrade"),
        ("kill -KILL $$", "ended by signal 9", "Run the task again"),
        ("exit 137", "exit status 137", "Run the task again"),
    ],
)
@pytest.mark.parametrize("what", ["check", "table", "bytecode", "bytecode_of"])
def test_a_crash_is_no_refusal(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, what: str, end: str, complaint: str, remedy: str
) -> None:
    nft = tmp_path / "nft"
    nft.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "nftables v1.0.6 (X)" && exit\n{end}\n')
    nft.chmod(0o755)
    monkeypatch.setattr(packet_filter, "find_program", lambda name: str(nft))
    monkeypatch.setattr(PacketFilter, "fragile_sets", lambda self, *name: [])
    with pytest.raises(DataplaneError) as caught:
        getattr(PacketFilter(), what)(*(("ip", "x") if what == "table" else ("table ip x",)))
    assert caught.value.code == "NftCrashed"
    assert complaint in caught.value.message
    assert caught.value.remedy.startswith(remedy)
