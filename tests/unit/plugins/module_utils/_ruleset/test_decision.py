# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The next action of a run, and because of which node it rolls back."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._keeper.keeper_words import AS_DECLARED, NOT_YET, REFUSED, UNDONE
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.decision import Do, Situation, Watched, decide, failed_node
from ansible_collections.aks.dataplane.plugins.module_utils._ruleset.judgement import NOT_READY, UNKNOWN, Line, Standing


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        # A new ruleset: check, make idle pods, wait for them, give them their task, wait, end.
        ({}, Do.TRY),
        ({"tried": True}, Do.APPLY),
        ({"tried": True, "exists": True, "idle": True}, Do.WAIT),
        ({"tried": True, "exists": True, "idle": True, "verified": True}, Do.APPLY),
        ({"exists": True, "matches": True, "pending": True}, Do.WAIT),
        ({"exists": True, "matches": True, "verified": True, "pending": True}, Do.SETTLE),
        ({"exists": True, "matches": True, "verified": True, "surplus": True}, Do.SETTLE),
        ({"exists": True, "matches": True, "verified": True}, Do.DONE),
        # Only the pace is another one.
        ({"exists": True, "tries": False}, Do.APPLY),
        # A rollback.
        ({"exists": True, "fails": True, "pending": True}, Do.RESTORE),
        ({"exists": True, "fails": True, "pending": True, "restored": True}, Do.WAIT),
        ({"exists": True, "fails": True, "pending": True, "restored": True, "verified": True}, Do.SETTLE),
        ({"exists": True, "fails": True, "restored": True, "verified": True}, Do.DONE),
        # The same where nothing was there before.
        ({"exists": True, "fails": True, "first": True, "pending": True}, Do.APPLY),
        ({"exists": True, "fails": True, "first": True, "removing": True}, Do.WAIT),
        ({"exists": True, "fails": True, "first": True, "removing": True, "verified": True}, Do.CLEAN),
        ({"fails": True, "first": True}, Do.DONE),
        # Away.
        ({"absent": True}, Do.DONE),
        ({"absent": True, "surplus": True}, Do.CLEAN),
        ({"absent": True, "exists": True, "matches": True, "verified": True}, Do.APPLY),
        ({"absent": True, "exists": True, "removing": True}, Do.WAIT),
        ({"absent": True, "exists": True, "removing": True, "verified": True}, Do.CLEAN),
    ],
)
def test_the_next_action(seen: dict[str, bool], wanted: Do) -> None:
    assert decide(Situation(**seen)) is wanted


@pytest.mark.parametrize(
    ("state", "line", "seconds", "reason"),
    [
        (AS_DECLARED, Line(AS_DECLARED), 1.0, None),
        (NOT_YET, Line(NOT_YET), 1.0, None),
        (NOT_YET, Line(NOT_YET, message="busy"), 100.0, "it is not as declared after 100 seconds: busy"),
        (NOT_READY, Line(NOT_YET), 100.0, "it is not ready after 100 seconds"),
        (UNDONE, Line(UNDONE, message="no connection"), 1.0, "no connection"),
        (REFUSED, Line(REFUSED), 1.0, "the node says refused"),
        (UNKNOWN, Line(NOT_YET), 1.0, "lost"),
        # Its pod is not that of the change.
        (UNKNOWN, Line(NOT_YET), None, None),
    ],
)
def test_because_of_which_node(state: str, line: Line, seconds: t.Any, reason: str | None) -> None:
    standing = Standing("n1", state, line, "lost" if state == UNKNOWN else "")
    assert failed_node([Watched(standing, seconds)], (), 90.0) == (None if reason is None else ("n1", reason))
    assert failed_node([Watched(standing, seconds)], {"n1"}, 90.0) is None
