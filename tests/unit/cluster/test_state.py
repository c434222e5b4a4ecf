# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a running cluster: gone afterwards, and what a killed one left is removed by the next."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.cluster import groups as control_groups
from tests.cluster import running, state
from tests.cluster.errors import ClusterError


@pytest.fixture(autouse=True)
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hierarchies of control groups, which are folders."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(control_groups, "CGROUPS", tmp_path / "cgroup")
    for hierarchy in ("cpu", "memory"):
        (tmp_path / "cgroup" / hierarchy).mkdir(parents=True)
    return tmp_path / "cgroup"


def test_nothing_is_left(groups: Path) -> None:
    with state.folder() as made:
        (groups / "memory" / made.name / "node" / "pod").mkdir(parents=True)
        (made / "etcd").mkdir()
    assert not made.exists()
    assert not list(groups.rglob(f"{state.PREFIX}*"))


def test_what_a_killed_cluster_left_is_removed_and_a_running_one_stays(groups: Path) -> None:
    with state.folder() as first:
        left = first.with_name(f"{state.PREFIX}killed")
        left.mkdir()
        (groups / "cpu" / left.name).mkdir()
        with state.folder() as second:
            assert first.exists()
            assert second != first
            assert not left.exists()
            assert not (groups / "cpu" / left.name).exists()


def test_what_groups_hand_on_is_put_back_by_the_last_cluster(groups: Path) -> None:
    """As in version 2, where runc switches on all controllers that there are."""
    handed_on = groups / "cgroup.subtree_control"
    handed_on.write_text("cpu memory", encoding="ascii")
    with state.folder():
        handed_on.write_text("cpu memory pids", encoding="ascii")
        with state.folder():
            pass
        assert handed_on.read_text(encoding="ascii") == "cpu memory pids", "one is still running"
    # The kernel takes one word with its sign.
    assert handed_on.read_text(encoding="ascii") == "-pids"


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ClusterError, match=f"port {port} of 127.0.0.1 cannot be had"), running._listening(port):
            pass
