# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The campaign on a real cluster: C(python -m tests.chaos.on_cluster --kills 200 --seed 1). It ends with 1 when something was violated."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster import front, running
from tests.cluster.errors import ClusterError
from tests.support.cluster_ruleset import cluster_ruleset
from tests.support.keeper_kills import Kills


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.on_cluster", description="Programs of nodes that are killed while rules change."
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    # The cluster is taken down, however this ends.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    cached = running.prepare(lambda text: print(f"cluster: {text}", file=sys.stderr))
    began = time.monotonic()
    with running.started(cached) as cluster, tempfile.TemporaryDirectory() as folder, front.azure(cluster, Path(folder)) as cloud:
        cloud.reset()
        with cluster_ruleset(cloud, cluster) as ruleset:
            kills = Kills(ruleset, chosen.seed)
            kills.carry_out(chosen.kills)
    minutes, victims = (time.monotonic() - began) / 60, ", ".join(f"{count} {name}" for name, count in sorted(kills.done.items()))
    print(
        f"{kills.done.total()} kills on a real cluster in {minutes:.1f} minutes: {victims}; {kills.runs} runs that changed rules meanwhile"
    )
    print(f"{len(kills.violations)} violations")
    for wrong in kills.violations:
        print(f"    {wrong}")
    return int(bool(kills.violations))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ClusterError as reason:
        sys.exit(f"chaos: there is no real cluster here: {reason}. CLUSTER=off make chaos leaves this part out")
    except KeyboardInterrupt:
        sys.exit(130)
