# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kubernetes cluster on this machine, behind a simulated Azure, until it is stopped.

  python -m tests.cluster [--nodes 3] [--port 0] [--name aks-real] [--folder FOLDER]

Programs and images are built when they are not in the cache. FOLDER (.cache/cluster in this checkout) gets: kubeconfig; environment, a file
for the shell with what Ansible needs; kubectl, the program.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import signal
import sys
import time
import typing as t
from pathlib import Path

from tests.support.simulator import ROOT, Simulator

from . import front, running
from .errors import ClusterError

RESOURCE_GROUP = "rg-real"
# Each takes 100 MB; nobody has tried more.
MOST_NODES = 20


def say(text: str) -> None:
    print(f"cluster: {text}", file=sys.stderr, flush=True)


def between(low: int, high: int) -> t.Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {low} to {high}")
        return int(text)

    return number


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description="A real Kubernetes cluster behind a simulated Azure.")
    parser.add_argument("--nodes", type=between(1, MOST_NODES), default=3, help=f"1 to {MOST_NODES}")
    parser.add_argument("--port", type=between(0, 65535), default=0, help="of the API server on the loopback address; 0: any")
    parser.add_argument("--name", default="aks-real", help="what Azure calls the cluster")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "cluster")
    return parser.parse_args()


def describe(folder: Path, name: str, simulator: Simulator, cached: running.Cached) -> None:
    """Write what other shells need."""
    shutil.copyfile(simulator.kubeconfig(name), folder / "kubeconfig")
    (folder / "kubeconfig").chmod(0o600)
    variables = {
        **simulator.environment(),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
    }
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
    lines.append(f"export PATH={shlex.quote(str(folder))}:{shlex.quote(str(Path(sys.executable).parent))}:$PATH\n")
    environment = folder / "environment"
    environment.touch(mode=0o600)
    environment.write_text("".join(lines), encoding="utf-8")
    kubectl = folder / "kubectl"
    kubectl.unlink(missing_ok=True)
    kubectl.symlink_to(cached.programs / "kubectl")


def main() -> None:
    given = arguments()
    # A shell lets what it starts in the background ignore SIGINT.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    cached = running.prepare(say)
    began = time.monotonic()
    given.folder.mkdir(parents=True, exist_ok=True)
    with (
        running.started(cached, given.port) as cluster,
        front.azure(
            cluster, given.folder / "azure", clusters=(given.name,), nodes=given.nodes, scale=0.02, resource_group=RESOURCE_GROUP
        ) as simulator,
    ):
        describe(given.folder, given.name, simulator, cached)
        say(
            f"{given.nodes} nodes are ready after {time.monotonic() - began:.0f} s; it stays until it is stopped with Ctrl-C. In another shell:"
        )
        say(f"  source {given.folder / 'environment'}")
        say("  kubectl get pods -A -o wide")
        variables = {"aks_dataplane_resource_group": RESOURCE_GROUP, "aks_dataplane_kube_proxy": {"mode": "NFTABLES"}}
        say(f"  ansible-playbook aks.dataplane.kube_proxy -i {given.name}, -e {shlex.quote(json.dumps(variables))}")
        print(given.folder / "kubeconfig", flush=True)
        while cluster.is_alive():
            time.sleep(1)
        raise ClusterError("the cluster has ended")


if __name__ == "__main__":
    try:
        main()
    except (ClusterError, OSError) as exc:
        sys.exit(f"cluster: {exc}")
