# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Galaxy and Automation Hub do with a tarball when it is uploaded: read it, get its documentation, lint it."""

from __future__ import annotations

import json
import pathlib
import re
import typing as t

from .problem import Problem
from .programs import ROOT, Bench, environment

# As Automation Hub has it, but for ansible-test, which needs containers; make test runs it with each ansible-core. Everything works offline.
SETTINGS = {
    "CHECK_CHANGELOG": "true",
    "CHECK_REQUIRED_TAGS": "true",
    "INFRA_OSD": "false",
    "OFFLINE_ANSIBLE_LINT": "true",
    "RUN_ANSIBLE_DOC": "true",
    "RUN_ANSIBLE_LINT": "true",
    "RUN_ANSIBLE_TEST": "false",
    "RUN_FLAKE8": "false",
}
COMPLAINT = re.compile(r"^(WARNING|ERROR|CRITICAL)\b|^Traceback\b")
DOCUMENTED = ("module", "role")


def complaints(log: str) -> list[str]:
    """The lines of the importer's log that are more than information. None is put up with."""
    return [line for line in log.splitlines() if COMPLAINT.match(line)]


def undocumented(result: t.Mapping[str, t.Any]) -> list[str]:
    """What the importer found no documentation of, as C(kind name). Documentation of roles is their README."""
    contents = [entry for entry in result["docs_blob"]["contents"] if entry["content_type"] in DOCUMENTED]
    if not contents:
        return ["everything"]
    return [f"{entry['content_type']} {entry['content_name']}" for entry in contents if not (entry["doc_strings"] or entry["readme_html"])]


def run_importer(tarball: pathlib.Path, folder: pathlib.Path) -> None:
    """Problem with the lines of its log that are no mere information."""
    programs = environment("importer", "-r", str(ROOT / "requirements" / "importer.txt"))
    bench = Bench(folder, programs, **{f"GALAXY_IMPORTER_{name}": value for name, value in SETTINGS.items()})
    log = bench.run("python", "-m", "galaxy_importer.main", str(tarball))
    found = complaints(log)
    if not found:
        result = json.loads((folder / "importer_result.json").read_text(encoding="utf-8"))
        found = [f"no documentation of {name}" for name in undocumented(result)]
    if found:
        raise Problem("galaxy-importer is not content:\n" + "\n".join(found))
