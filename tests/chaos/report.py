# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a campaign came to, as text. Pure."""

from __future__ import annotations

import collections
import typing as t

from .plan import PLAYBOOK
from .seen import Outcome

LINE = "{:24} {:>8} {:>8} {:>8}"


def repeat(seed: int, number: int, plant: str = "") -> str:
    """The command that repeats one run alone."""
    return f"make chaos SEED={seed} ONLY={number}{f' PLANT={plant}' if plant else ''}"


def report(outcomes: t.Sequence[Outcome], seed: int, seconds: float, plant: str = "") -> str:
    """Runs by their sort, trouble by its kind (runs that planned it, runs that met it, and their share), and violations."""
    sorts = collections.Counter(outcome.sort for outcome in outcomes)
    planned = collections.Counter(name for outcome in outcomes for name in outcome.planned)
    met = collections.Counter(name for outcome in outcomes for name in outcome.met)
    lines = [
        f"{len(outcomes)} runs in {seconds / 60:.1f} minutes: {', '.join(f'{sorts[sort]} {sort}' for sort in sorted(sorts))}",
        f"{sum(outcome.killed_after_put for outcome in outcomes)} killed after an accepted PUT; {sorts[PLAYBOOK]} by playbooks",
        "",
        LINE.format("trouble", "planned", "met", "% met"),
        *(
            LINE.format(name, planned[name], met[name], f"{100 * met[name] / max(len(outcomes), 1):.1f}")
            for name in sorted({*planned, *met})
        ),
        "",
    ]
    bad = [outcome for outcome in outcomes if outcome.violations]
    lines.append(f"{sum(len(outcome.violations) for outcome in bad)} violations in {len(bad)} runs")
    for outcome in bad:
        lines.append(f"run {outcome.number} ({outcome.sort}), to repeat it: {repeat(seed, outcome.number, plant)}")
        lines += [f"    {wrong}" for wrong in outcome.violations]
    return "\n".join(lines)
