# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The campaign: C(python -m tests.chaos --runs 1000 --seed 1). It ends with 1 when something was violated, or a planted bug was not found.

Interrupted, it reports the runs so far.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time

from .campaign import carry_out
from .plan import plan_of
from .plants import PLANTS, is_caught
from .report import report
from .seen import Outcome


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description="Random switches with random trouble, and what holds for all of them."
    )
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of one run, to repeat it alone; its plan is shown")
    parser.add_argument("--plant", choices=("", *PLANTS), default="", help="put this bug into the product, and stop when it is found")
    # Playbooks and nodes wait for a part of their time.
    parser.add_argument("--workers", type=int, default=(os.cpu_count() or 1) + 1)
    chosen = parser.parse_args()
    numbers = range(chosen.runs) if chosen.only is None else range(chosen.only, chosen.only + 1)
    if chosen.only is not None:
        print(plan_of(chosen.seed, chosen.only))
    # Also where a shell has started it in the background: what was found so far is reported.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    outcomes = carry_out(numbers, chosen.seed, plant=chosen.plant, workers=min(chosen.workers, len(numbers)), show=_show)
    print(report(outcomes, chosen.seed, time.monotonic() - began, chosen.plant))
    if chosen.plant:
        caught = any(is_caught(chosen.plant, outcome.violations) for outcome in outcomes)
        print(f"{chosen.plant}: {'caught' if caught else 'not caught'} within {max(outcome.number for outcome in outcomes) + 1} runs")
        return int(not caught)
    return int(any(outcome.violations for outcome in outcomes))


def _show(outcome: Outcome) -> None:
    """While it goes on, only what is wrong is worth a line."""
    if outcome.violations:
        print(f"run {outcome.number}: {outcome.violations[0][:200]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
