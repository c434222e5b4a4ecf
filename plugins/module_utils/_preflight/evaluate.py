"""From facts to findings: every rule of the catalogue speaks, or it is said why it could not."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError
from .catalogue import RULES_BY_AREA, RULES_BY_ID
from .model import SEVERITIES, Facts, Finding, NotChecked, Part, Profile, Severity
from .predicates import PREDICATES
from .rule import Rule
from .wording import Said, cluster

RELAX = (
    "Set aks_dataplane_profile: current for the roles and the playbook, or rule_set: current for the module, to go by the current limits."
)


def evaluate(facts: Facts, profile: Profile, ignore: t.Collection[str] = ()) -> tuple[Finding, ...]:
    """The findings, the worst first.

    profile: V(preview) are the limits published with the preview, V(current) those of today.
    ignore: ids of rules whose findings become V(info), of any area; an id that is not in the catalogue is refused.
    """
    check_ignore(ignore)
    found = (finding for rule in RULES_BY_AREA[facts.area] for finding in _findings(rule, facts, profile))
    return tuple(sorted((_ignored(finding) if finding.id in ignore else finding for finding in found), key=_order))


def check_ignore(ignore: t.Collection[str]) -> None:
    """Refuse ids of rules that do not exist: a typing error there would hide nothing, silently."""
    unknown = sorted(set(ignore) - set(RULES_BY_ID))
    if unknown:
        raise DataplaneError(
            f"ignore names {', '.join(unknown)}, but there is no such rule.",
            remedy=f"The rules are {', '.join(RULES_BY_ID)}.",
            code="UnknownRule",
        )


def passed(findings: t.Iterable[Finding]) -> bool:
    return all(finding.severity != "error" for finding in findings)


def counts(findings: t.Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity; those that are none are there with zero."""
    severities = [finding.severity for finding in findings]
    return {severity: severities.count(severity) for severity in SEVERITIES}


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return SEVERITIES.index(finding.severity), finding.id, finding.subject, finding.message


def _findings(rule: Rule, facts: Facts, profile: Profile) -> t.Iterator[Finding]:
    for said in _said(rule, facts):
        if isinstance(said, NotChecked):
            yield _not_checked(rule, facts, said)
        else:
            severity = _severity(rule, said, profile)
            if severity is not None:
                yield _finding(rule, said, profile, severity)


def _said(rule: Rule, facts: Facts) -> Said:
    if not rule.when.concerns(facts):
        return ()
    missing = [reason for part in rule.kube_parts if (reason := facts.kube_part_missing(part)) is not None]
    if missing:
        return (NotChecked("; ".join(dict.fromkeys(missing))),)
    return PREDICATES[rule.id](facts)


def _severity(rule: Rule, part: Part, profile: Profile) -> Severity | None:
    """None: the profile has no such limit."""
    strict = part.severity or rule.severity
    if profile == "preview":
        return strict
    relaxed = part.relaxed or rule.relaxed or strict
    return None if relaxed == "none" else relaxed


def _finding(rule: Rule, part: Part, profile: Profile, severity: Severity) -> Finding:
    current = _severity(rule, part, "current")
    note = ""
    if profile == "preview" and current != severity:
        instead = "does not raise this" if current is None else f"makes this {current}"
        note = f"The profile current {instead}: {rule.relaxed_reason}. {RELAX}"
    return Finding(
        id=rule.id,
        severity=severity,
        title=rule.title,
        subject=part.subject,
        message=part.message,
        remedy=part.remedy or rule.remedy,
        reference=rule.sources[0],
        profile_note=note,
    )


def _not_checked(rule: Rule, facts: Facts, said: NotChecked) -> Finding:
    return Finding(
        id=rule.id,
        severity="info",
        title=rule.title,
        subject=cluster(facts),
        message=f"not checked: {said.reason}",
        remedy=f"Check it yourself: {rule.what}",
        reference=rule.sources[0],
        not_checked=True,
    )


def _ignored(finding: Finding) -> Finding:
    return dataclasses.replace(finding, severity="info", ignored=True, original_severity=finding.severity)
