# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ansible-test sanity on a clean copy of the checkout, with the ansible-core of the Python that runs this script.

Nothing but a package index is needed, and nothing outside the cache (caches.py) is written. ansible-test would otherwise stumble over three things:

* It works only in a folder ansible_collections/aks/dataplane, and would check every file in it: it gets a copy of what git knows.
* It makes its environments with a pip bootstrap script from a download server, unless its cache holds one (under a name with the pip version):
  a script that does the same with the ensurepip of Python is put there. The cache lies in the home folder, so ansible-test gets a home folder of
  its own, with pip's settings from the real one (it drops the environment, so pip can only be configured by its files).
* It looks for other Python versions on PATH: see interpreters.py.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from . import caches, interpreters

ROOT = Path(__file__).resolve().parent.parent
# Where pip reads a user's settings.
PIP_SETTINGS = (".config/pip", ".pip")

BOOTSTRAP = """\
import subprocess
import sys

# In a child process, because ensurepip hides pip's settings from the process it runs in.
subprocess.run([sys.executable, "-m", "ensurepip", "--default-pip"], stdout=subprocess.DEVNULL, check=True)
packages = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages], check=True)
"""


def prepare_home(home: Path) -> None:
    """A home folder for ansible-test: bootstrap scripts for each pip version that this ansible-core may ask for, and pip's settings.

    ansible-test keeps its environments there, each in a folder with the digest of its requirements.
    """
    cache = home / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    spec = find_spec("ansible_test")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("sanity: this Python has no ansible-core")
    source = Path(spec.submodule_search_locations[0], "_internal", "python_requirements.py").read_text(encoding="utf-8")
    for pip in set(re.findall(r"""\bpip=['"]([\d.]+)['"]""", source)):
        (cache / f"get_pip_{pip.replace('.', '_')}.py").write_text(BOOTSTRAP, encoding="utf-8")
    for name in PIP_SETTINGS:
        real, link = Path.home() / name, home / name
        if real.exists() and not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(real)


def copy_checkout(target: Path) -> None:
    """Copy the files that git tracks, and those that it does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file():
            copy = target / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)


def main() -> int:
    """The exit code of ansible-test, which one process of this machine runs at a time."""
    home = caches.folder("ansible-test") / version("ansible-core")
    with caches.locked(home):
        prepare_home(home)
        return run(home)


def run(home: Path) -> int:
    """Arguments are passed on. Half of the time goes into pylint, so that it runs beside all the other tests, each part in its own copy."""
    programs = Path(sys.prefix, "bin")
    path = os.pathsep.join([str(programs), *interpreters.search_path()])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-") as folder:
        parts = []
        for number, part in enumerate((("--test", "pylint"), ("--skip-test", "pylint"))):
            checkout = Path(folder, str(number), "ansible_collections", "aks", "dataplane")
            copy_checkout(checkout)
            command = [str(programs / "ansible-test"), "sanity", "--local", "--color", "no", *part, *sys.argv[1:]]
            with Path(folder, f"{number}.log").open("w", encoding="utf-8") as log:
                parts.append(subprocess.Popen(command, cwd=checkout, env=environment, stdout=log, stderr=subprocess.STDOUT))
        statuses = [part.wait() for part in parts]
        for number in range(len(parts)):
            print(Path(folder, f"{number}.log").read_text(encoding="utf-8"), end="")
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
