# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long the pages of many run records take; prints seconds.

    python -m tests.benchmarks.bench_report [--records 1000]

The records are copies of those that real runs of version 0.1.0 left, each with a cluster and a run of its own.
"""

from __future__ import annotations

import argparse
import pathlib
import tempfile
import time

from ansible_collections.aks.dataplane.plugins.module_utils._report.writer import write_report

from tests.support.many_records import write_records


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=1000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        write_records(pathlib.Path(name), args.records)
        for what in ("all pages", "the same again"):
            start = time.perf_counter()
            written = write_report([name], None)
            print(f"report: {args.records} records, {what}: {time.perf_counter() - start:.1f} s, {len(written.files)} files")


if __name__ == "__main__":
    main()
