# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Azure in front of a running cluster, as a process of its own."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

from tests.support.simulator import Simulator

from . import running
from .client import ClusterClient
from .errors import ClusterError


@contextlib.contextmanager
def azure(cluster: ClusterClient, folder: Path, **options: t.Any) -> t.Iterator[Simulator]:
    """It serves when the cluster has its nodes, and these are ready; ClusterError. folder: of its files. options: as of Simulator.started."""
    with contextlib.ExitStack() as ends:
        try:
            simulator = ends.enter_context(Simulator.started(folder, program=("tests.cluster.azure", str(cluster.folder)), **options))
        except RuntimeError as reason:
            cause = str(reason).strip().splitlines()[-1]
            words = running.last_words(cluster.folder)
            raise ClusterError(f"these were the last errors:\n{words}\nThe nodes do not get ready: {cause}") from reason
        yield simulator
