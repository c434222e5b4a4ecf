"""From facts to findings: every rule is applied, or reported as not checked with the reason."""

from __future__ import annotations

import dataclasses
import types
import typing as t

from .._common.errors import DataplaneError
from .facts import Facts
from .findings import SEVERITIES, Finding, Hit, NotChecked, Profile, Results, Severity
from .rule import FactsT, Rule, RuleMetadata
from .waivers import Waived

RELAX = (
    "Set aks_dataplane_profile: current for the roles and the playbook, or rule_set: current for the module, to go by the current limits."
)


NOTHING_WAIVED = Waived(frozenset(), types.MappingProxyType({}))


def evaluate(rules: t.Sequence[Rule[FactsT]], facts: FactsT, profile: Profile, waived: Waived = NOTHING_WAIVED) -> tuple[Finding, ...]:
    """The findings, the worst first.

    rules: those of one data plane. facts: of the same.
    profile: V(preview) are the limits published with the preview, V(current) those of today.
    waived: findings of rules that it has in force become V(info); it may have rules of other data planes, see check_ignore.
    """
    found = (finding for rule in rules for finding in _findings(rule, facts, profile))
    return tuple(sorted((_waive(finding, waived) for finding in found), key=_order))


def check_ignore(ignore: t.Collection[str], known_ids: t.Collection[str]) -> None:
    """Refuse ids of rules that do not exist: a typing error there would hide nothing, silently."""
    unknown = sorted(set(ignore) - set(known_ids))
    if unknown:
        raise DataplaneError(
            f"ignore names {', '.join(unknown)}, but these rules do not exist.",
            remedy=f"The rules are {', '.join(known_ids)}.",
            code="UnknownRule",
        )


def passed(findings: t.Iterable[Finding]) -> bool:
    """Whether no finding is an error."""
    return all(finding.severity != "error" for finding in findings)


def counts(findings: t.Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity; those that are none are there with zero."""
    severities = [finding.severity for finding in findings]
    return {severity: severities.count(severity) for severity in SEVERITIES}


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return SEVERITIES.index(finding.severity), finding.id, finding.subject, finding.message


def _findings(rule: Rule[FactsT], facts: FactsT, profile: Profile) -> t.Iterator[Finding]:
    for result in _results(rule, facts):
        if isinstance(result, NotChecked):
            yield _finding_not_checked(rule, facts, result)
        else:
            severity = _severity(rule, result, profile)
            if severity is not None:
                yield _finding(rule, facts, result, profile, severity)


def _results(rule: Rule[FactsT], facts: FactsT) -> Results:
    if not rule.when.concerns(facts):
        return
    missing = [reason for part in rule.kube_parts if (reason := facts.kube_part_missing(part)) is not None]
    if missing:
        yield NotChecked("; ".join(dict.fromkeys(missing)))
        return
    yield from rule.check(facts)
    if rule.node_data:
        yield from map(NotChecked, facts.reasons_unobserved(rule.node_data))
    if rule.node_field:
        yield from map(NotChecked, facts.reasons_cut_off(rule.node_field))


def _severity(rule: RuleMetadata, hit: Hit, profile: Profile) -> Severity | None:
    """None: the profile has no such limit."""
    strict = hit.severity or rule.severity
    if profile == "preview":
        return strict
    relaxed = hit.relaxed or rule.relaxed or strict
    return None if relaxed == "none" else relaxed


def _finding(rule: RuleMetadata, facts: Facts, hit: Hit, profile: Profile, severity: Severity) -> Finding:
    current = _severity(rule, hit, "current")
    note = ""
    if profile == "preview" and current != severity:
        instead = "does not raise this" if current is None else f"makes this {current}"
        note = f"The profile current {instead}: {rule.relaxed_reason}. {RELAX}"
    return Finding(
        id=rule.id,
        severity=severity,
        title=rule.title,
        subject=hit.subject,
        message=hit.message,
        remedy=hit.remedy or _remedy(rule, facts),
        reference=rule.sources[0],
        profile_note=note,
    )


def _remedy(rule: RuleMetadata, facts: Facts) -> str:
    """That of the rule, with what to do where it does not work."""
    return " ".join(filter(None, [rule.remedy, facts.image_note if rule.new_images else ""]))


def _finding_not_checked(rule: RuleMetadata, facts: Facts, result: NotChecked) -> Finding:
    return Finding(
        id=rule.id,
        severity="info",
        title=rule.title,
        subject=facts.cluster_subject,
        message=f"not checked: {result.reason}",
        remedy=f"Check it manually: {rule.what}",
        reference=rule.sources[0],
        not_checked=True,
    )


def _waive(finding: Finding, waived: Waived) -> Finding:
    if finding.id in waived.in_force:
        return dataclasses.replace(finding, severity="info", ignored=True, original_severity=finding.severity)
    if finding.id in waived.expired and not finding.not_checked:
        return dataclasses.replace(
            finding, message=f"{finding.message} The waiver of {finding.id} expired on {waived.expired[finding.id]}."
        )
    return finding
