# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Azure in front of a real cluster, which is the first of its clusters; all others are simulated.

python -m tests.cluster.azure FOLDER [OPTIONS OF tests.simulator]      FOLDER: of the running cluster
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from tests.simulator.__main__ import end_with_parent, parse, serve

from .client import ClusterClient
from .runner import ClusterRunner


def main() -> None:
    end_with_parent()
    cluster = ClusterClient.of(Path(sys.argv.pop(1)))
    settings = parse()
    name = settings.clusters[0].partition("=")[0]
    asyncio.run(serve(settings, {name.lower(): ClusterRunner(cluster)}))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
