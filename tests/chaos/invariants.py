# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every run, whatever happened in it: pure functions from what was seen to what is wrong with it."""

from __future__ import annotations

import typing as t

from .plan import TASKS
from .seen import Seen, StepSeen
from .trouble import Json

Wrong = t.Iterator[str]
Invariant = t.Callable[[Seen], Wrong]


def as_declared_or_as_before(seen: Seen) -> Wrong:
    """Each step leaves what it declares or what was there before, or what somebody else has set; what it calls done is so on every node."""
    for number, step in enumerate(seen.steps):
        allowed = {step.step.declared, step.begun.value, *step.others, *_inherited(seen, number)}
        if step.settled.value not in allowed:
            yield f"step {number}: the cluster is left with {step.settled.value}, not one of {sorted(allowed)}"
        if _green(step) and not step.others and not step.ended.are(step.step.declared) and step.step.way == TASKS:
            yield f"step {number}: it says {_said(step)}, but the cluster has {step.ended}"
        elif _green(step) and not step.others and step.ended.value != step.step.declared:
            yield f"step {number}: the module ended well, but the cluster is configured for {step.ended.value}"


def nothing_outside_the_leaf(seen: Seen) -> Wrong:
    for number, step in enumerate(seen.everything):
        for put in step.puts:
            if put.outside:
                yield f"step {number}: a PUT differs from the cluster outside the leaf: {', '.join(put.outside[:5])}"


def what_others_changed_is_kept(seen: Seen) -> Wrong:
    if seen.lost:
        yield f"the cluster is not what it and others have made it outside the leaf: {', '.join(seen.lost[:5])}"


def the_record_is_true(seen: Seen) -> Wrong:
    for number, step in enumerate(seen.everything):
        for wrong in _untrue(step):
            yield f"step {number}: {wrong}"


def _untrue(step: StepSeen) -> Wrong:
    if step.step.way != TASKS:
        yield from _untrue_of_module(step)
        return
    if len(step.new_records) > 1:
        yield f"it has left {len(step.new_records)} records"
    # What could not be written is not there; what is there is true.
    ended = not step.killed and "disk_full" not in step.met
    for record in step.new_records:
        if ended and record["ended"] is None:
            yield f"it ended, but its record has no end: {record['phases']}"
        elif ended and record["verdict"] != (step.result or {}).get("verdict"):
            yield f"its record says {record['verdict']}, and the run {_said(step)}"
        if record["verdict"] is not None and not step.others:
            yield from _untrue_verdict(step, record)


def _untrue_verdict(step: StepSeen, record: Json) -> Wrong:
    verdict, accepted = record["verdict"], [put for put in step.puts if put.accepted]
    declared, before = step.step.declared, _configuration(record["before"])
    if verdict in ("switched", "unchanged") and not step.ended.are(declared):
        yield f"its record says {verdict}, but the cluster has {step.ended}"
    if verdict == "unchanged" and any(put.value != declared for put in accepted):
        yield f"its record says unchanged, but Azure was asked for {[put.value for put in accepted]}"
    if verdict == "refused" and accepted:
        yield f"its record says refused, but Azure was asked for {[put.value for put in accepted]}"
    if verdict == "rolled_back" and (before is None or not step.ended.are(before)):
        yield f"its record says rolled_back, before {before}, but the cluster has {step.ended}"
    if verdict == "unverified" and step.ended.value not in (declared, before):
        yield f"its record says unverified, before {before}, but the cluster has {step.ended}"


def _untrue_of_module(step: StepSeen) -> Wrong:
    """A module says changed when Azure has taken a change of it, or may have."""
    if step.result is None:
        return
    changed, accepted = bool(step.result.get("changed")), any(put.accepted for put in step.puts)
    if accepted and not changed:
        yield "Azure took its change, but the module says that nothing was changed"
    if changed and not accepted and not any(put.unsure for put in step.puts):
        yield "the module says changed, but Azure took no change of it"


def the_way_back_is_recorded_first(seen: Seen) -> Wrong:
    for number, step in enumerate(seen.everything):
        if any(put.recorded is False for put in step.puts):
            yield f"step {number}: a PUT was sent before the record had the configuration to roll back to"


def no_secret_is_shown(seen: Seen) -> Wrong:
    for where in seen.leaks:
        yield f"a secret is in {where}"


def nothing_is_left(seen: Seen) -> Wrong:
    for number, step in enumerate(seen.everything):
        for process in step.running:
            yield f"step {number}: it ended, but {process} still runs"
    for file in seen.left:
        yield f"{file} was left behind"


def a_healthy_switch_is_never_rolled_back(seen: Seen) -> Wrong:
    """Where neither Azure nor the nodes were bad, and nobody else wanted something else, no run rolls back."""
    for number, step in enumerate(seen.everything):
        if any(earlier.harmed for earlier in seen.everything[: number + 1]):
            return
        if [put.value for put in step.puts if put.value != step.step.declared]:
            yield f"step {number}: a healthy switch to {step.step.declared} was taken back: {[put.value for put in step.puts]}; {_said(step)}"
        elif step.puts and "roll" in str((step.result or {}).get("verdict")) and any(put.accepted for put in step.puts):
            yield f"step {number}: a healthy switch ended as {_said(step)}"


def a_clean_run_ends_well(seen: Seen) -> Wrong:
    run = seen.rerun
    if not _green(run):
        yield f"the clean run after it failed: {_said(run)}"
    if not run.ended.are(run.step.declared):
        yield f"after the clean run the cluster has {run.ended}, not {run.step.declared}"


def every_error_is_ours(seen: Seen) -> Wrong:
    for number, step in enumerate(seen.everything):
        text = step.crashed or str(step.result)
        if step.crashed or "Traceback" in text:
            yield f"step {number}: {text[-1500:]}"
        if (step.result or {}).get("failed") and not step.result["msg"]:  # type: ignore[index]
            yield f"step {number}: it failed without saying why"


INVARIANTS: tuple[Invariant, ...] = (
    as_declared_or_as_before,
    nothing_outside_the_leaf,
    what_others_changed_is_kept,
    the_record_is_true,
    the_way_back_is_recorded_first,
    no_secret_is_shown,
    nothing_is_left,
    a_healthy_switch_is_never_rolled_back,
    a_clean_run_ends_well,
    every_error_is_ours,
)


def violations(seen: Seen) -> list[str]:
    """All that is wrong, each with the name of what does not hold."""
    return [f"{invariant.__name__}: {wrong}" for invariant in INVARIANTS for wrong in invariant(seen)]


def leaks(secrets: t.Iterable[str], texts: t.Mapping[str, str]) -> list[str]:
    """The names of the texts that hold one of the secrets."""
    known = [secret for secret in secrets if secret]
    return [name for name, text in texts.items() if any(secret in text for secret in known)]


def _green(step: StepSeen) -> bool:
    return step.result is not None and not step.result.get("failed") and step.result.get("verdict") != "unverified"


def _said(step: StepSeen) -> str:
    if step.result is None:
        return "nothing, since it was killed"
    return f"{step.result.get('verdict')}: {step.result.get('msg') or step.result.get('story') or ''}"[:600]


def _inherited(seen: Seen, number: int) -> t.Iterator[str]:
    """What a step rolls back to when it continues one that was killed: what was there before that one, also when others came in between that asked for
    nothing."""
    declared = seen.steps[number].step.declared
    for earlier in reversed(seen.steps[:number]):
        if earlier.result is None and earlier.step.declared == declared:
            yield earlier.begun.value
        elif earlier.puts:
            return


def _configuration(before: t.Any) -> str | None:
    """A record's configuration as a value."""
    if not before:
        return None
    if "state" in before:
        return str(before["state"])
    if before.get("enabled") is False:
        return "none"
    settings = {name: value for name, value in (before.get("ipvs_config") or {}).items() if value is not None}
    return f"{before.get('mode') or 'IPTABLES'}{f' {settings}' if settings else ''}"
