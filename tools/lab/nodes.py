# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a node, from its start to nothing left of it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import time
import typing as t
from pathlib import Path

from . import images, processor
from .cells import Cell, cells
from .errors import LabError

ROOT = Path(__file__).resolve().parents[2]
# What there is of running nodes, in the tree, so that those of two checkouts do not meet.
FOLDER = ROOT / ".cache" / "lab"
PREFIX = f"aks-dataplane-lab-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}-"
KINDS = ("vm", "container")
# Under emulation, on a busy machine. One that is not up by then has hung.
PATIENCE = 300.0

# Where the node's own loopback or bridge leads to its sshd.
ADDRESSES = {"vm": "127.0.0.1", "container": "172.31.255.15"}
SSH = """\
Host {name}
    HostName {address}
    User root
    ProxyCommand {proxy}
    IdentityFile {folder}/key
    IdentitiesOnly yes
    # All nodes of an image have its key.
    HostKeyAlias node
    UserKnownHostsFile {image}/known_hosts
    StrictHostKeyChecking yes
    # Of a connection that Ansible holds open, if it does.
    ControlPath {folder}/ssh
    ConnectTimeout 15
    LogLevel ERROR
"""


class Node:
    """One by its name, whether it exists or not."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = FOLDER / name
        self.cell = Cell(PREFIX + name)

    def start(self, kind: str, suite: str, say: t.Callable[[str], None]) -> bool:
        """Whether it had to be started."""
        if self.cell.is_alive and self.config.exists():
            return False
        image = images.ensure(suite, say)
        accelerator = processor.options(image) if kind == "vm" else ()
        self.stop()
        self.folder.mkdir(parents=True)
        key = self.folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", self.name, "-f", str(key))
        if kind == "vm":
            run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(image / "disk.qcow2"), str(self.folder / "disk.qcow2"))
        command = [str(images.HERE / "cell.sh"), kind, self.name, str(image), str(self.folder)]
        process = self.cell.start(command, self.console, {"ACCELERATOR": " ".join(accelerator)})
        proxy = self.cell.visit(process, "busybox nc %h %p")
        config = SSH.format(name=self.name, address=ADDRESSES[kind], proxy=proxy, folder=self.folder, image=image)
        self.config.write_text(config, encoding="utf-8")
        return True

    @property
    def config(self) -> Path:
        """Of ssh, written last."""
        return self.folder / "ssh_config"

    @property
    def console(self) -> Path:
        """What it and the program that runs it said."""
        return self.folder / "console.log"

    def wait(self) -> None:
        """Until it lets us in."""
        deadline = time.monotonic() + PATIENCE
        while subprocess.run([*self.ssh, "true"], capture_output=True, check=False).returncode:
            if not self.cell.is_alive:
                raise LabError(f"{self.name} ended; its last words in {self.console}:\n{images.tail(self.console)}")
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} cannot be reached; its last words in {self.console}:\n{images.tail(self.console)}")
            time.sleep(0.1)

    @property
    def ssh(self) -> list[str]:
        """The command that leads into it."""
        return ["ssh", "-F", str(self.config), self.name]

    def stop(self) -> None:
        """Also one of which only a part is there."""
        self.cell.stop()
        if self.folder.exists():
            shutil.rmtree(self.folder)


def sweep() -> list[str]:
    """End all nodes of this checkout. Returns their names."""
    folders = [folder.name for folder in FOLDER.glob("*") if folder.is_dir()]
    names = sorted({*folders, *(cell.removeprefix(PREFIX) for cell in cells(PREFIX))})
    for name in names:
        Node(name).stop()
    return names


def run(*command: str) -> None:
    """A program that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{command[0]}: {done.stderr.strip()}")
