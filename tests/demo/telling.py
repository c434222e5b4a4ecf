# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a story: its headings, what it expects, and the records that its runs leave."""

from __future__ import annotations

import json
import pathlib
import typing as t

from tests.support.simulator import ROOT

# Of a heading.
WIDTH = 100
RECORDS = ROOT / ".cache" / "demo" / "runs"


class Unexpected(Exception):
    """Something was not as the demo expects it."""


def heading(text: str) -> None:
    print(f"\n=== {text} {'=' * max(3, WIDTH - 5 - len(text))}\n", flush=True)


def expect(condition: bool, what: str) -> None:
    """What the demo relies on; it says nothing where it holds: the output of the runs and the nodes is there to be judged by who reads it."""
    if not condition:
        raise Unexpected(what)


def show_record(cluster: str) -> dict[str, t.Any]:
    """The newest record of a cluster, and where it is."""
    path = max(RECORDS.glob(f"*.{cluster}/*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    print(f"  {path}")
    phases = ", ".join(f"{phase['name']} {phase['status']}" for phase in record["phases"])
    print(f"    verdict {record['verdict']}; phases: {phases}", flush=True)
    return record


def first_report() -> pathlib.Path:
    """The page about the first run of all, which is the one with traffic."""
    return min(RECORDS.glob("*.aks-blue/*.html"))
