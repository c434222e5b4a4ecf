# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages unpacked into the cache, for programs that this machine has not, or has in another version. Nothing is installed.

apt fetches them from the mirrors that this machine is configured to use, with lists and archives of its own.
"""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
import shutil
import subprocess
import sys
import typing as t

from .. import caches

KEYS = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
INSTALLED = "/var/lib/dpkg/status"


class NotAvailable(Exception):
    """The packages cannot be had; the text says why."""


@dataclasses.dataclass(frozen=True)
class Packages:
    """Packages of a suite with all that they depend on (whole), or with what this machine lacks of it. suite: empty for this machine's own."""

    name: str
    packages: tuple[str, ...]
    suite: str = ""
    whole: bool = False

    @property
    def folder(self) -> pathlib.Path:
        """Where they are unpacked; it is there only when they are complete."""
        digest = hashlib.sha256(repr((dataclasses.astuple(self), _own_suite())).encode()).hexdigest()
        return caches.folder("debian") / f"{self.name}-{digest[:12]}"

    def fetch(self) -> pathlib.Path:
        """The folder, filled if it is not there yet; NotAvailable."""
        return caches.kept(self.folder, self._unpack, lambda text: print(text, file=sys.stderr))

    def _unpack(self, root: pathlib.Path) -> None:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise NotAvailable("it comes as Debian packages, and this machine has no apt")
        work = root.with_suffix(".work")
        shutil.rmtree(work, ignore_errors=True)
        try:
            self._download(work)
            for archive in sorted((work / "archives").glob("*.deb")):
                _run(["dpkg-deb", "--extract", str(archive), str(root)])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _download(self, work: pathlib.Path) -> None:
        """The packages, as files in WORK/archives."""
        for folder in ("state/lists/partial", "archives/partial"):
            (work / folder).mkdir(parents=True)
        sources = work / "sources.list"
        sources.write_text("".join(f"{line}\n" for line in _sources(self.suite or _own_suite())), encoding="utf-8")
        settings = {
            "Dir::Etc::SourceList": sources,
            "Dir::Etc::SourceParts": "/dev/null",
            "Dir::State::Lists": work / "state" / "lists",
            "Dir::State::status": "/dev/null" if self.whole else INSTALLED,
            "Dir::Cache::Archives": work / "archives",
            "Dir::Cache::pkgcache": "",
            "Dir::Cache::srcpkgcache": "",
            "Debug::NoLocking": "1",
            "APT::Sandbox::User": "root",
            "APT::Get::AllowUnauthenticated": "0",
            "Acquire::Languages": "none",
        }
        apt = ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in settings.items())]
        _run([*apt, "--error-on=any", "update"])
        _run([*apt, "--no-install-recommends", "--download-only", "install", *self.packages])


def _sources(suite: str) -> t.Iterator[str]:
    """This machine's sources of its own release, with the suite put in place of it."""
    option = f"[signed-by={KEYS}] " if KEYS.exists() else ""
    listed = _run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"])
    own = _own_suite()
    for line in dict.fromkeys(listed.splitlines()):
        place, release, component = line.split()
        if release.startswith(own):
            yield f"deb {option}{place} {release.replace(own, suite, 1)} {component}"


def _own_suite() -> str:
    lines = pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    return values.get("VERSION_CODENAME", "").strip('"')


def _run(command: t.Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines() or ["it said nothing"]
        raise NotAvailable(f"{command[0]} failed: {said[-1]}")
    return done.stdout
