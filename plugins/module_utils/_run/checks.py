"""The preflight in a run: which rules are set aside, what its result means, and whether the preview feature is to be registered."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from . import waivers
from .naming import in_variables
from .settings import Settings
from .state import Run


def set_aside(run: Run, settings: Settings) -> list[t.Any]:
    """Rules whose findings do not count, as the preflight takes them: those of the operator first, then ids."""
    checks = run.data_plane.preflight
    feature = run.phase == "feature_registration" or (settings.only_checks and settings.register_feature)
    # A run that continues an interrupted one finds the cluster as that one left it, and is there to mend it.
    left_behind = checks.excused_after_crash if run.continues else ()
    cleaning = run.data_plane.cleaning
    removed = cleaning.answers if cleaning and settings.leftovers == "remove" else ()
    return [
        *map(waivers.as_option, waivers.given(settings)),
        *removed,
        *([checks.feature_rule] if feature and checks.feature_rule else []),
        *left_behind,
    ]


def looks_before_registration(run: Run, settings: Settings) -> bool:
    """Whether the preview feature may have to be registered, which only the preflight shows."""
    return not settings.going_back and settings.register_feature and _needs_feature(run, settings)


def _needs_feature(run: Run, settings: Settings) -> bool:
    return run.data_plane.preflight.needs_feature(settings.declaration(run.data_plane))


def lines(findings: t.Sequence[Json], settings: Settings) -> list[dict[str, str]]:
    """What was found and what could not be checked, each with a C(label) for the list and a C(text)."""
    found = [
        {
            "label": f"{finding['severity']} {finding['id']}",
            "text": in_variables(
                f"{finding['subject']}: {finding['message']}" + (f" {finding['remedy']}" if finding["severity"] != "info" else "")
            ),
        }
        for finding in findings
        if not finding["not_checked"]
    ]
    ids = [finding["id"] for finding in findings if finding["not_checked"]]
    unchecked = {"label": "not checked", "text": f"{settings.cluster}: not checked: {', '.join(ids)}"}
    return [*found, unchecked] if ids else found


def refusal(findings: t.Sequence[Json], run: Run, settings: Settings) -> str:
    """Why the cluster is refused: each finding with the severity error, and how to waive it."""
    errors = [
        in_variables(f"{finding['id']}: {finding['subject']}: {finding['message']} {finding['remedy']}")
        for finding in findings
        if finding["severity"] == "error"
    ]
    first = f"{settings.cluster} does not meet the prerequisites of {run.data_plane.wanted_in_words(settings.declaration(run.data_plane))}."
    return " ".join([first, *errors, "To ignore a rule that does not apply here, add its id to aks_dataplane_ignore."])


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look that set the rule of the feature aside came to. findings: with that rule, where it counts after all.

    passed: whether nothing stops the cluster. registers: whether the feature has to be registered.
    """

    findings: list[Json]
    passed: bool
    registers: bool


def judged_look(result: Json, run: Run, settings: Settings) -> Look:
    """result: of the preflight. A feature that nobody could register, or whose state may not be read, is not attempted."""
    state = result.get("feature_state")
    rule = run.data_plane.preflight.feature_rule
    ignored = waivers.covers(rule, result, settings)
    findings: list[Json] = list(result["findings"])
    if state is None and not ignored:
        findings = [_unreadable(one) if one["id"] == rule else one for one in findings]
    elif state is not None and state.lower() == "pending" and not ignored:
        findings = [_counted(one) if one["id"] == rule else one for one in findings]
    passed = all(one["severity"] != "error" for one in findings)
    # Nobody knows whether an earlier run that was cut off in the registration got as far as the refresh of the resource provider.
    wanting = state is not None and (state.lower() not in ("registered", "pending") or run.feature_unfinished)
    return Look(findings, passed, passed and wanting)


def _counted(finding: Json) -> Json:
    return {**finding, "severity": finding["original_severity"] or finding["severity"], "ignored": False, "original_severity": None}


def _unreadable(finding: Json) -> Json:
    remedy = (
        "Grant Microsoft.Features/providers/features/read on the subscription. If the feature is registered, "
        "set aks_dataplane_register_feature to false instead."
    )
    return {**_counted(finding), "severity": "error", "not_checked": False, "remedy": remedy}


def subscription_of(resource_id: str) -> str:
    """The subscription in the id of an Azure resource."""
    return resource_id.split("/")[2]


def registers_for_all(run: Run, others: t.Sequence[Run]) -> bool:
    """Whether this run is the one that registers the feature, among those with hosts before its own in the play."""
    return bool(run.registers) and all(other.registers.lower() != run.registers.lower() for other in others)
