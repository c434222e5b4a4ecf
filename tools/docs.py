# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the documentation as HTML, without a network: antsibull-docs writes the pages of modules, plugins and roles, Sphinx makes the site.

  python tools/docs.py [OUTPUT]

OUTPUT is .cache/docs/html if it is not given. Every warning is an error. It runs with the collection that ANSIBLE_COLLECTIONS_PATH leads to.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SPHINX = ROOT / "docs" / "sphinx"
ORDER = ROOT / "docs" / "docsite" / "extra-docs.yml"
# What antsibull-docs makes of the code stands before the pages of this section.
REFERENCE, OF_CODE = "Reference", "Modules, roles and filters <collections/index>"
PICTURES = ROOT / "docs" / "pictures"
REPORTS = ROOT / "docs" / "reports"
OUTPUT = ROOT / ".cache" / "docs" / "html"
# A section of extra-docs.yml in the index of modules and roles: here these pages are in the index of the site.
PAGES_SECTION = re.compile(r"^[^\n]+\n-+\n+\.\. toctree::\n(?: +:[^\n]+\n)*\n(?: +docsite/[^\n]+\n)+", re.MULTILINE)
# In the same index, a role without an entry point C(main), which has the short description of the others.
BARE_ROLE = re.compile(r"^\* :ansplugin:`(?P<name>\w+) role <[^>]+>` --$", re.MULTILINE)
PROGRAMS = Path(sys.executable).parent


def build(output: Path) -> None:
    """Replace what is in C(output) by the site."""
    with tempfile.TemporaryDirectory(prefix="aks-dataplane-docs-") as folder:
        source = Path(folder) / "source"
        pages = source / "collections"
        # antsibull-docs wants a folder that only its owner can write to.
        pages.mkdir(parents=True, mode=0o700)
        (source / "index.rst").write_text("\n".join([(SPHINX / "index.rst").read_text(encoding="utf-8"), *menu()]), encoding="utf-8")
        # Pages name them by the path that leads there in the repository, too: two folders up.
        shutil.copytree(PICTURES, source / "pictures")
        generate = [
            "--config-file",
            str(SPHINX / "antsibull-docs.cfg"),
            "collection",
            "--use-current",
            "--squash-hierarchy",
            "--fail-on-error",
        ]
        run("antsibull-docs", *generate, "--dest-dir", str(pages), "aks.dataplane")
        index = pages / "index.rst"
        text = PAGES_SECTION.sub("", index.read_text(encoding="utf-8"))
        index.write_text(BARE_ROLE.sub(lambda found: f"{found[0]} {role_description(found['name'])}", text), encoding="utf-8")
        shutil.rmtree(output, ignore_errors=True)
        doctrees = Path(folder) / "doctrees"
        strict = ["--fail-on-warning", "--keep-going", "--quiet"]
        run("sphinx-build", "-b", "html", *strict, "-c", str(SPHINX), "-d", str(doctrees), str(source), str(output))
        # Pages lead to them as to pictures.
        shutil.copytree(REPORTS, output / "reports")


def role_description(name: str) -> str:
    """From the metadata of the role."""
    metadata = yaml.safe_load((ROOT / "roles" / name / "meta" / "main.yml").read_text(encoding="utf-8"))
    return metadata["galaxy_info"]["description"]


def menu() -> Iterator[str]:
    """The lines that list all pages for the menu of the site, in the order of extra-docs.yml."""
    for section in yaml.safe_load(ORDER.read_text(encoding="utf-8"))["sections"]:
        pages = [f"collections/docsite/{name}" for name in section["toctree"]]
        yield from (".. toctree::", f"   :caption: {section['title']}", "   :hidden:", "   :maxdepth: 1", "")
        yield from (f"   {page}" for page in ([OF_CODE, *pages] if section["title"] == REFERENCE else pages))
        yield ""


def run(program: str, *arguments: str) -> None:
    """A program of this environment; raises CalledProcessError when it fails."""
    subprocess.run([str(PROGRAMS / program), *arguments], check=True)


def main(arguments: list[str]) -> int:
    """The exit code: 1 when a program has failed, else 0."""
    output = Path(arguments[0]) if arguments else OUTPUT
    try:
        build(output)
    except subprocess.CalledProcessError as exc:
        print(f"docs: {Path(exc.cmd[0]).name} failed", file=sys.stderr)
        return 1
    print(f"docs: {output / 'index.html'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
