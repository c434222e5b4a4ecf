# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that cannot run a cluster are refused, with what is missing and what would help; nothing is started there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster import capabilities, groups, machine
from tests.cluster.errors import ClusterError

ALL = (1 << len(capabilities.NAMES)) - 1


def without(*names: str) -> int:
    return ALL & ~sum(1 << capabilities.NAMES.index(name) for name in names)


@pytest.fixture(autouse=True)
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has all; the folder of its commands, which do nothing."""
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(machine, "_held", lambda: ALL)
    monkeypatch.setattr(machine, "_is_of_the_machine", lambda _users: True)
    monkeypatch.setattr(groups, "CGROUPS", tmp_path / "cgroup")
    for name in groups.CONTROLLERS:
        (tmp_path / "cgroup" / name).mkdir(parents=True)
    commands = tmp_path / "commands"
    commands.mkdir()
    for command in machine.COMMANDS:
        write(commands / command, "exit 0")
    monkeypatch.setattr(machine, "PATH", str(commands))
    return commands


def write(command: Path, script: str) -> None:
    command.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    command.chmod(0o755)


def refused(words: str) -> None:
    with pytest.raises(ClusterError, match=words):
        machine.check()


def test_a_machine_that_has_all_passes() -> None:
    machine.check()


def test_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    refused("it needs root")


def test_the_root_of_a_user_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_is_of_the_machine", lambda _users: False)
    refused("user namespace")


@pytest.mark.parametrize("name", ["SYS_ADMIN", "NET_ADMIN", "NET_RAW", "MKNOD", "DAC_OVERRIDE", "SYS_CHROOT"])
def test_a_missing_capability(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(machine, "_held", lambda: without(name))
    refused(f"root has not CAP_{name} here; a container needs --privileged")


@pytest.mark.parametrize("command", machine.COMMANDS)
def test_a_missing_command(good: Path, command: str) -> None:
    (good / command).unlink()
    refused(f"the command {command} is missing; make setup installs it")


def test_control_groups(tmp_path: Path) -> None:
    (tmp_path / "cgroup" / "pids").rmdir()
    refused("has no controllers pids")


def test_no_namespaces(good: Path) -> None:
    write(good / "unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
    refused("there can be no namespaces: unshare failed: Operation not permitted")


def test_no_overlay(good: Path) -> None:
    write(good / "unshare", 'case "$*" in *overlay*) echo "mount: /mnt/all: unknown filesystem type" >&2; exit 32 ;; esac')
    refused("the kernel has no overlay file system: mount: /mnt/all: unknown filesystem type")


@pytest.mark.parametrize(
    ("users", "expected"),
    [("         0          0 4294967295\n", True), ("0 1000 1\n", False), ("0 1000 1\n1 100000 65536\n", False), ("0 0 65536\n", False)],
)
def test_users_of_the_machine(monkeypatch: pytest.MonkeyPatch, users: str, expected: bool) -> None:
    monkeypatch.undo()
    assert machine._is_of_the_machine(users) is expected
