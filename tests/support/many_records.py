# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of many run records, made of those in tests/fixtures/records."""

from __future__ import annotations

import collections
import json
import pathlib
import typing as t

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures" / "records"


def write_records(folder: pathlib.Path, count: int) -> t.Counter[str]:
    """Write C(count) records of as many clusters; how many there are of each verdict."""
    known = [
        json.loads(path.read_text(encoding="utf-8")) for path in sorted(FIXTURES.rglob("*.json")) if not path.name.startswith("feature")
    ]
    known = [record for record in known if "run_id" in record]
    verdicts: t.Counter[str] = collections.Counter()
    for number in range(count):
        record = known[number % len(known)]
        cluster, run_id = f"aks-{number:04}", f"{record['run_id'][:-8]}{number:08x}"
        place = folder / f"rg-many.{cluster}"
        place.mkdir(parents=True)
        made = {**record, "resource_group": "rg-many", "cluster": cluster, "run_id": run_id}
        (place / f"{run_id}.json").write_text(json.dumps(made), encoding="utf-8")
        verdicts[record.get("verdict") or "interrupted"] += 1
    return verdicts
