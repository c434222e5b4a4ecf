# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""containerd's folder with all images in it: filled once per recipe, kept in the user's cache, and linked into every node.

Layers are files that nobody changes, so that nodes share them by hard links: neither disk nor memory holds them twice.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools import caches

from . import images
from .errors import ClusterError
from .packages import Folders
from .programs import Say, version

# It ends, with all that it started and mounted, when this program does.
CONFINED = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=KILL")
# containerd starts, takes each image, and ends.
FILL = """
set -e
mount -t tmpfs tmpfs /run
containerd --root "$1" --state /run/containerd --address /run/containerd.sock --config "$2" &
tries=0
until ctr --address /run/containerd.sock version >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || exit 1; sleep 0.1
done
shift 2
for image; do ctr --address /run/containerd.sock --namespace k8s.io images import "$image"; done
kill $!
wait
"""
CONFIG = 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'


def ensure(programs: Path, folders: Folders, say: Say) -> Path:
    """The folder, filled if it is not there yet; ClusterError."""
    wanted = images.all_of(programs, folders.proxy, version())
    recipe = repr((programs.name, folders.runtime.name, folders.proxy.name, CONFIG, FILL)).encode()
    digest = hashlib.sha256(recipe + Path(images.__file__).read_bytes()).hexdigest()[:16]
    where = caches.folder("cluster")
    folder = caches.kept(where / f"images-{digest}", lambda part: _fill(part, wanted, folders.runtime), say)
    for gone in caches.prune(where, "images"):
        say(f"removed {gone}, which was made from an older recipe")
    return folder


def _fill(part: Path, wanted: list[images.Image], runtime: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-images-") as work:
        archives = []
        for number, image in enumerate(wanted):
            archives.append(f"{work}/{number}.tar")
            images.write(image, Path(archives[-1]))
        config = Path(work, "config.toml")
        config.write_text(CONFIG, encoding="utf-8")
        command = [*CONFINED, "sh", "-c", FILL, "sh", str(part), str(config), *archives]
        path = f"{runtime}/usr/bin:{runtime}/usr/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(command, env={"PATH": path}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"containerd does not take the images: {done.stderr.strip()[-1000:]}")


def link(folder: Path, target: Path) -> None:
    """Give a node its own folder of containerd. target: is made."""
    subprocess.run(["cp", "--archive", "--link", str(folder), str(target)], check=True)
    for database in target.rglob("*.db"):
        # The only files that containerd changes in place.
        own = database.with_suffix(".own")
        shutil.copy2(database, own)
        own.replace(database)
