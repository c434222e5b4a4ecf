# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""make cluster, as a user starts and ends it: what is said, that nothing is left, and that it starts again after it was killed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import socket
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from tests.cluster import running, state
from tests.support.simulator import ROOT
from tools import caches

SECONDS = 300.0
CGROUPS = Path("/sys/fs/cgroup")
# What a machine with Docker has, or another cluster.
OF_THE_MACHINE = ("/run/containerd", "/var/lib/containerd", "/var/lib/kubelet", "/var/lib/cni", "/etc/cni", "/run/netns")


# And its network, in a namespace in which the cluster then starts.
BESIDE_DOCKER = (
    "ip link set lo up && ip link add docker0 type bridge && ip link set docker0 addrgenmode none && "
    "ip address add 172.17.0.1/16 dev docker0 && ip link set docker0 up && "
    "iptables -t nat -N DOCKER && iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER && iptables -N DOCKER-USER && "
    "iptables -A FORWARD -j DOCKER-USER && iptables -P FORWARD DROP && "
    "iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE && "
    'touch "$0" && exec "$@"'
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's cache with all that is made once, in which no other cluster runs."""
    running.prepare(lambda text: print(text, file=sys.stderr))
    made = tmp_path_factory.mktemp("cache")
    (made / "aks.dataplane" / "cluster").mkdir(parents=True)
    (made / "aks.dataplane" / "debian").symlink_to(caches.folder("debian"))
    for entry in caches.folder("cluster").iterdir():
        if entry.name.startswith(("programs-", "images-")) and entry.suffix != ".lock":
            (made / "aks.dataplane" / "cluster" / entry.name).symlink_to(entry)
    return made


@dataclasses.dataclass
class Started:
    """said: the file of what it says. where: the folder of running clusters."""

    process: subprocess.Popen[bytes]
    said: Path
    where: Path

    def folders(self) -> list[Path]:
        return list(self.where.glob(f"{state.PREFIX}*"))

    def until(self, holds: t.Callable[[], t.Any]) -> None:
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.02)

    def text(self) -> str:
        return self.said.read_text(encoding="utf-8")

    def is_ready(self) -> bool:
        return "1 nodes are ready" in self.text()

    def namespaces(self) -> set[str]:
        """Of processes: those that the cluster has made for itself."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        made = set()
        for child in children:
            with contextlib.suppress(OSError):
                made.add(os.readlink(f"/proc/{child}/ns/pid_for_children"))
        return made - {os.readlink("/proc/self/ns/pid")}


@pytest.fixture
def start(cache: Path, tmp_path: Path) -> t.Iterator[t.Callable[..., Started]]:
    made: list[Started] = []

    def run(*options: str, around: t.Sequence[str] = ()) -> Started:
        said = tmp_path / f"said{len(made)}"
        command = [*around, sys.executable, "-m", "tests.cluster", "--nodes=1", f"--folder={tmp_path / 'folder'}", *options]
        with said.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "XDG_CACHE_HOME": str(cache)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        made.append(Started(process, said, cache / "aks.dataplane" / "cluster" / "running"))
        return made[-1]

    yield run
    for item in made:
        item.process.terminate()
        item.process.wait(SECONDS)


def in_namespaces(names: set[str]) -> list[str]:
    """The processes that are still there."""
    left = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "ns/pid") in names:
                    left.append((entry / "cmdline").read_bytes().decode(errors="replace"))
    return left


def groups_of(folder: Path) -> list[Path]:
    return [group for group in (CGROUPS / folder.name, *CGROUPS.glob(f"*/{folder.name}")) if group.exists()]


def of_the_machine() -> dict[str, list[str]]:
    return {name: sorted(os.listdir(name)) for name in OF_THE_MACHINE if Path(name).is_dir()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stays_until_it_is_stopped_and_leaves_nothing(start: t.Callable[..., Started], number: signal.Signals, tmp_path: Path) -> None:
    """Beside Docker's network, of which it changes nothing."""
    before, made = of_the_machine(), tmp_path / "network"
    cluster = start(around=("unshare", "--net", "sh", "-c", BESIDE_DOCKER, str(made)))
    cluster.until(made.exists)
    with open(f"/proc/{cluster.process.pid}/ns/net", "rb") as namespace:
        network = network_of(namespace.fileno())
        assert "-A FORWARD -j DOCKER-USER" in network
        cluster.until(cluster.is_ready)
        assert network_of(namespace.fileno()) == network
        end(cluster, number)
        assert network_of(namespace.fileno()) == network
    assert of_the_machine() == before


def network_of(namespace: int) -> list[str]:
    """Its links, addresses, routes and rules, without counters. namespace: an open file."""
    show = "ip -oneline link; ip -oneline address; ip route show table all; iptables-save; ip6tables-save; nft list tables"
    command = ["nsenter", f"--net=/proc/{os.getpid()}/fd/{namespace}", "sh", "-c", show]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [re.sub(r"\[\d+:\d+\]", "", line) for line in shown.splitlines() if not line.startswith("#")]


def end(cluster: Started, number: signal.Signals) -> None:
    (folder,) = cluster.folders()
    assert groups_of(folder), "containers have control groups that are theirs"
    namespaces = cluster.namespaces()
    assert in_namespaces(namespaces)

    cluster.process.send_signal(number)

    assert cluster.process.wait(SECONDS) == 128 + number
    assert "Traceback" not in cluster.text()
    assert cluster.folders() == []
    assert groups_of(folder) == []
    assert in_namespaces(namespaces) == []


def test_a_killed_start_takes_everything_with_it_and_the_next_one_repairs(start: t.Callable[..., Started]) -> None:
    """Three that are killed, each later than the one before it, whose remains it finds; and one that becomes ready."""
    killed = start()
    (first,) = begun(killed, set())
    kill(killed)

    killed = start()
    (second,) = begun(killed, {first})
    killed.until((second / "cluster.json").exists)
    assert first not in killed.folders()
    kill(killed)

    killed = start()
    (third,) = begun(killed, {first, second})
    killed.until(lambda: groups_of(third))
    assert second not in killed.folders()
    kill(killed)

    again = start()
    again.until(again.is_ready)
    assert third not in again.folders()
    assert [groups_of(folder) for folder in (first, second, third)] == [[], [], []]


def begun(cluster: Started, earlier: set[Path]) -> set[Path]:
    """Its folder, when it is there, and not those of earlier ones."""
    cluster.until(lambda: {*cluster.folders()} - earlier)
    return {*cluster.folders()} - earlier


def kill(cluster: Started) -> None:
    namespaces = cluster.namespaces()
    cluster.process.kill()
    cluster.process.wait()
    deadline = time.monotonic() + SECONDS
    while in_namespaces(namespaces):
        assert time.monotonic() < deadline, in_namespaces(namespaces)
        time.sleep(0.05)


def test_a_port_that_is_taken(start: t.Callable[..., Started]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = start(f"--port={port}")
        assert refused.process.wait(SECONDS) == 1
    words = f"cluster: port {port} of 127.0.0.1 cannot be had: Address already in use. Choose another one, or 0 for any"
    assert refused.text().strip().splitlines()[-1] == words
    assert refused.folders() == []


# As in a container that is not privileged.
LESS = ("setpriv", "--bounding-set=-sys_admin", "--inh-caps=-sys_admin")


def test_without_a_capability() -> None:
    done = subprocess.run([*LESS, sys.executable, "-m", "tests.cluster"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "cluster: root has not CAP_SYS_ADMIN here; a container needs --privileged to run it\n")


def test_as_the_root_of_a_user_namespace() -> None:
    """As in a container that was started without root."""
    command = ["unshare", "--user", "--map-root-user", sys.executable, "-m", "tests.cluster"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("cluster: root is that of a user namespace here")


def test_the_tests_on_it_say_once_why_there_is_none() -> None:
    command = [*LESS, sys.executable, "-m", "pytest", "-q", "--numprocesses=0", str(Path(__file__).with_name("test_looks.py"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    said = (done.stdout + done.stderr).strip().splitlines()
    assert "there is no real cluster here: root has not CAP_SYS_ADMIN here" in said[-1]
    assert sum("CAP_SYS_ADMIN" in line for line in said) == 1, said
