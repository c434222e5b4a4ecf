# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the shells that need no node: the lock, the watcher's start, interfaces for the scratch namespace."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node import confirmation, own_folders
from ansible_collections.aks.dataplane.plugins.module_utils._nft_node.scratch_namespace import links


def test_one_run_at_a_time(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_folders, "RUN", str(tmp_path / "run"))
    with own_folders.exclusive_run(), pytest.raises(DataplaneError) as refused, own_folders.exclusive_run(wait=0.1):
        pass
    assert refused.value.code == "OverlappingRun"
    with own_folders.exclusive_run(wait=0):
        assert [path.name for path in (tmp_path / "run").iterdir()] == [f"nftables.{own_folders.network_namespace()}.lock"]


@pytest.mark.parametrize(("systemd", "same", "program"), [(True, True, "systemd-run"), (True, False, "/bin/sh"), (False, True, "/bin/sh")])
def test_start_of_the_watcher(monkeypatch: pytest.MonkeyPatch, systemd: bool, same: bool, program: str) -> None:
    """systemd would start it in its own namespaces, so only where those are ours."""
    monkeypatch.setattr(confirmation, "has_systemd", lambda: systemd)
    monkeypatch.setattr(confirmation, "_same_as_init", lambda kind: same)
    words = confirmation._detached(["/bin/sh", "watch"], "0" * 32)
    assert words[0] == program
    assert words[-2:] == ["/bin/sh", "watch"]


def test_interfaces_that_the_text_may_mean() -> None:
    interfaces = [(1, "lo"), (9, "eth1"), (2, "eth0"), (77, "up0"), (5, "eth10")]
    assert links('iif { "eth0", eth1 } oif 77 accept', interfaces) == [(2, "eth0"), (9, "eth1"), (77, "up0")]
    assert links("iif lo accept", interfaces) == []
