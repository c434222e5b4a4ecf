# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A newer collection with another pod template rolls nothing out unasked, and whatever somebody asks for still does."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_words import PAUSE, TRY
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.keeper_update import former_templates
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.live import LiveSet, read_set
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.objects import DECLARED, TEMPLATE, Content, Keepers, with_task
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.selection import Selection
from ansible_collections.aks.dataplane.plugins.module_utils._work.ruleset_target import Target

CONTENT = Content(order='{"text": "table inet a { }"}', program=b"zip", declared="d1", engine="e1")
KEEPERS = Keepers("base", "aks-dataplane", "pause", CONTENT.name("base"), "d1", "e1", ("inet a",), Selection(), 19840)


def live(*, older: bool = True, **edits: t.Any) -> list[LiveSet]:
    """As an older version of the collection made them, which asked for less memory. edits: of the pod's spec, by hand."""
    found = []
    for item in copy.deepcopy(KEEPERS.daemon_sets()).values():
        template = item["spec"]["template"]
        if older:
            template["spec"]["containers"][0]["resources"]["requests"]["memory"] = "20Mi"
            template["metadata"]["annotations"][TEMPLATE] = item["metadata"]["annotations"][TEMPLATE] = "older"
        template["spec"] |= edits
        found.append(read_set(item))
    return found


def paused(sets: list[LiveSet]) -> list[LiveSet]:
    return [read_set(with_task(one.raw, PAUSE)) for one in sets]


@pytest.mark.parametrize(
    ("there", "options", "kept", "rolls_out"),
    [
        (live(), {}, True, False),
        (live(older=False), {}, False, False),
        (live(), {"max_unavailable": 2, "min_ready_seconds": 60}, True, False),
        # Asked for.
        (live(), {"image": "mine"}, False, True),
        (live(), {"config_map": "another"}, False, True),
        (live(), {"port": 19841}, False, True),
        (live(), {"selection": Selection(pools=("user",))}, False, True),
        (paused(live()), {}, False, True),
        # By hand: the digest is that of what this version makes.
        (live(older=False, hostNetwork=False), {}, False, True),
        (live()[:1], {}, False, True),
        ([], {}, False, True),
    ],
)
def test_what_another_version_made_stays_where_nothing_else_is_asked_for(
    there: list[LiveSet], options: dict[str, t.Any], kept: bool, rolls_out: bool
) -> None:
    wanted = dataclasses.replace(KEEPERS, **options)
    templates = former_templates(there, wanted)
    target = Target(CONTENT, dataclasses.replace(wanted, kept=templates))
    assert (bool(templates), target.tries(there), target.awaits_update) == (kept, rolls_out, kept)
    # The settings of the rollout are put in place without one.
    assert target.is_there(there) == (not rolls_out and not options)


def test_asked_for_the_templates_of_this_version_are_rolled_out() -> None:
    target = Target(CONTENT, KEEPERS)
    assert (target.tries(live()), target.awaits_update) == (True, False)


def test_pods_that_only_try_are_of_this_version() -> None:
    kept = dataclasses.replace(KEEPERS, kept=former_templates(live(), KEEPERS))
    assert dataclasses.replace(kept, task=TRY).daemon_sets() == dataclasses.replace(KEEPERS, task=TRY).daemon_sets()
    assert kept.pod()[1]["metadata"]["annotations"] == {DECLARED: "d1", TEMPLATE: "older"}
