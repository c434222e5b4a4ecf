# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups of version 1 and 2, as machines and containers have them: who can run a cluster, and what is put back."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cluster import groups

FULL = "cpuset cpu io memory hugetlb pids rdma misc"


def version_2(root: Path, **files: str) -> str:
    """files: of the root group, with underscores for dots."""
    for name, content in files.items():
        (root / name.replace("cgroup_", "cgroup.")).write_text(content, encoding="ascii")
    return groups.trouble(root)


def test_version_1(tmp_path: Path) -> None:
    for name in ("cpu", "cpuacct", "memory", "pids", "unified"):
        (tmp_path / name).mkdir()
    assert groups.trouble(tmp_path) == ""
    (tmp_path / "memory").rmdir()
    assert "(cgroup v1) has no controllers memory" in groups.trouble(tmp_path)


def test_no_control_groups(tmp_path: Path) -> None:
    assert "cannot be written to" in groups.trouble(tmp_path / "absent")


GOOD: tuple[dict[str, str], ...] = (
    # A machine with systemd, a machine without, a container with groups of its own whose processes are in one of them.
    {"cgroup_controllers": FULL, "cgroup_subtree_control": "cpuset cpu io memory pids", "cgroup_procs": "1\n2\n"},
    {"cgroup_controllers": FULL, "cgroup_subtree_control": "", "cgroup_procs": "1\n2\n"},
    {"cgroup_controllers": FULL, "cgroup_subtree_control": FULL, "cgroup_procs": "", "cgroup_type": "domain\n"},
    {"cgroup_controllers": FULL, "cgroup_subtree_control": "", "cgroup_procs": "", "cgroup_type": "domain\n"},
)


@pytest.mark.parametrize("files", GOOD)
def test_version_2_that_can(tmp_path: Path, files: dict[str, str]) -> None:
    assert version_2(tmp_path, **files) == ""


BAD: tuple[tuple[dict[str, str], str], ...] = (
    ({"cgroup_controllers": "cpu memory", "cgroup_subtree_control": ""}, "(cgroup v2) has no controllers pids;"),
    ({"cgroup_controllers": "", "cgroup_subtree_control": ""}, "(cgroup v2) has no controllers cpu, memory, pids;"),
    # A container with groups of its own, as container engines make it.
    (
        {"cgroup_controllers": FULL, "cgroup_subtree_control": "", "cgroup_procs": "1\n", "cgroup_type": "domain\n"},
        "(cgroup v2) cannot hand on the controllers cpu, memory, pids, since processes run in it. Start this container with --cgroupns=host",
    ),
    (
        {"cgroup_controllers": FULL, "cgroup_subtree_control": "", "cgroup_procs": "", "cgroup_type": "domain invalid\n"},
        "(cgroup v2) is of the type domain invalid",
    ),
)


@pytest.mark.parametrize(("files", "words"), BAD)
def test_version_2_that_cannot(tmp_path: Path, files: dict[str, str], words: str) -> None:
    assert words in version_2(tmp_path, **files)


def test_what_was_switched_on_is_switched_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "cgroup"
    root.mkdir()
    note, handed_on = tmp_path / "note", root / "cgroup.subtree_control"
    handed_on.write_text("cpu memory", encoding="ascii")
    groups.note(note, root)
    handed_on.write_text("cpu io memory pids", encoding="ascii")
    written: list[str] = []

    def write(_file: Path, text: str, **_how: t.Any) -> int:
        written.append(text)
        # Somebody else uses it by now.
        raise OSError(16, "Device or resource busy")

    with monkeypatch.context() as context:
        context.setattr(Path, "write_text", write)
        groups.put_back(note, root)
    assert written == ["-io", "-pids"]
    assert not note.exists()


def test_version_1_has_nothing_to_put_back(tmp_path: Path) -> None:
    groups.note(tmp_path / "note", tmp_path)
    groups.put_back(tmp_path / "note", tmp_path)
    assert not list(tmp_path.iterdir())
