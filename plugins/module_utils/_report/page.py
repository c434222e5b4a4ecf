"""From a run record to what a page says of it. Records of 0.1.0 have fewer keys, and later ones may have more."""

from __future__ import annotations

import dataclasses
import datetime
import json
import shlex
import typing as t

from .._common.json_parts import object_of, objects_of
from .._dataplane.registry import by_name, data_planes
from .interruption import Interruption, interruption
from .text import plain, safe_link

Json = t.Mapping[str, t.Any]

# By verdict: how good that is, and what it says.
_VERDICTS = {
    "switched": ("good", "Switched and verified"),
    "unchanged": ("good", "Unchanged and verified: the cluster had this configuration already"),
    "unverified": ("doubtful", "Changed in Azure and kept, but not verified on the nodes"),
    "refused": ("doubtful", "Refused: nothing was changed in the cluster"),
    "rolled_back": ("doubtful", "Failed and rolled back: the previous configuration is restored"),
    "failed": ("bad", "Failed and not rolled back"),
    "rollback_failed": ("bad", "Failed, and the rollback failed too: check this cluster immediately"),
}
_INTERRUPTED = ("bad", "Interrupted: the run did not end, or is still running")
# States of a look in which each node that was not seen is named.
_LOOKED_AT = frozenset({"seen", "partly_seen", "not_seen"})
_SEVERITIES = ("error", "warning", "info")
# Of runs that may have left a change.
_LEAVES_CHANGE = ("switched", "unverified", "failed", "rollback_failed", "")
_ROLLBACKS = {
    "done": "The run itself restored the previous configuration.",
    "failed": "The rollback of the run itself failed.",
    "off": "The run did not roll back.",
    "not_needed": "The run needed no rollback.",
}


@dataclasses.dataclass(frozen=True)
class Change:
    path: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True)
class Finding:
    """link: V('') where the reference is no address of the web. note: whether it was waived or not checked."""

    severity: str
    id: str
    title: str
    subject: str
    message: str
    remedy: str
    link: str
    note: str


@dataclasses.dataclass(frozen=True)
class Waiver:
    id: str
    reason: str
    until: str
    ticket: str
    state: str


@dataclasses.dataclass(frozen=True)
class Node:
    name: str
    before: str
    after: str
    verified: str
    leftovers: str
    reasons: str


@dataclasses.dataclass(frozen=True)
class Phase:
    """seconds: V('') while it is not known how long it took."""

    name: str
    status: str
    started: str
    seconds: str
    message: str


@dataclasses.dataclass(frozen=True)
class RunPage:
    """What a page says of one run, all of it text.

    level: good, doubtful or bad. facts: label and value, of the first screen. rollback: sentences. command: that rolls back, or V('').
    source: label and value, of where it comes from.
    """

    run_id: str
    cluster: str
    resource_group: str
    started: str
    ended: str
    verdict: str
    level: str
    headline: str
    message: str
    configuration: str
    facts: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    nodes: tuple[Node, ...]
    phases: tuple[Phase, ...]
    rollback: tuple[str, ...]
    command: str
    interruption: Interruption
    source: tuple[tuple[str, str], ...]


def run_page(record: Json, path: str, sha256: str) -> RunPage:
    """record: as a file has it, valid for C(RunRecord.from_dict). path, sha256: of that file."""
    verdict = plain(record["verdict"])
    level, headline = _VERDICTS.get(verdict, _INTERRUPTED)
    measured = interruption(record["interruption"])
    if measured.exceeded and level == "good":
        level, headline = "doubtful", f"{headline}, but the interruption exceeded the limit"
    cluster, group = plain(record["cluster"]), plain(record["resource_group"])
    started, ended = plain(record["started"]), plain(record["ended"])
    subject = plain(record["subject"])
    facts = (
        ("Cluster", cluster),
        ("Resource group", group),
        ("Subscription", plain(record["subscription"]) or "not known"),
        ("Operator", plain(record.get("operator")) or "not recorded"),
        ("Started", started),
        ("Ended", ended or "not ended"),
        ("Data plane", _title(subject)),
        ("Requested", _json(record["wanted"])),
        ("Run", plain(record["run_id"])),
        *(("Interruption", text) for text in measured.said),
        *((label, plain(record[key])) for label, key in (("Continues", "continues"), ("Rolls back", "undoes")) if record.get(key)),
    )
    rollback, command = _rollback(record, path)
    versions = record.get("versions")
    return RunPage(
        run_id=plain(record["run_id"]),
        cluster=cluster,
        resource_group=group,
        started=started,
        ended=ended,
        verdict=verdict or "interrupted",
        level=level,
        headline=headline,
        message=" ".join(filter(None, (plain(record["message"]), plain(record.get("note"))))),
        configuration=_words(subject, record["after"] if verdict not in ("rolled_back",) and record["after"] else record["before"]),
        facts=facts,
        changes=tuple(_changes(record["before"], record["after"])),
        findings=tuple(sorted(map(_finding, record["findings"]), key=_worst_first)),
        waivers=tuple(map(_waiver, record.get("waivers") or ())),
        nodes=tuple(_node(one, _words(subject, record["before"]), object_of(record, "looks", "after")) for one in record["nodes"]),
        phases=tuple(map(_phase, record["phases"])),
        rollback=rollback,
        command=command,
        interruption=measured,
        source=(
            ("Record", plain(path)),
            ("SHA-256 of the record", sha256),
            ("Schema of the record", plain(record["schema"])),
            *(((plain(name), plain(value)) for name, value in versions.items()) if isinstance(versions, t.Mapping) else ()),
        ),
    )


def _title(subject: str) -> str:
    """A record that somebody has edited may be about anything."""
    return next((one.title for one in data_planes() if one.name == subject), subject)


def _words(subject: str, configuration: Json | None) -> str:
    """A configuration in words; a record that somebody has edited may have one that no module returns."""
    if not configuration:
        return ""
    try:
        return plain(by_name(subject).in_words(configuration))
    except (KeyError, TypeError, AttributeError):
        return _json(configuration)


def _json(value: t.Any) -> str:
    return plain(json.dumps(value, ensure_ascii=False))


def _changes(before: Json | None, after: Json | None) -> t.Iterator[Change]:
    """The leaves that differ; nothing while one of both is not known."""
    if before is None or after is None:
        return
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for path in sorted({*old, *new}):
        if old.get(path) != new.get(path):
            yield Change(path, old.get(path, "not set"), new.get(path, "not set"))


def _leaves(value: t.Any, path: str = "") -> t.Iterator[tuple[str, str]]:
    if isinstance(value, t.Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{plain(key)}" if path else plain(key))
    elif value is not None:
        yield path, plain(value) if isinstance(value, str) else _json(value)


def _finding(raw: Json) -> Finding:
    severity = plain(raw.get("severity"))
    note = "not checked" if raw.get("not_checked") else "waived" if raw.get("ignored") else ""
    former = plain(raw.get("original_severity"))
    texts = {name: plain(raw.get(name)) for name in ("id", "title", "subject", "message", "remedy")}
    return Finding(
        severity=severity,
        link=safe_link(raw.get("reference")),
        note=f"{note}, else {former}" if former and former != severity else note,
        **texts,
    )


def _worst_first(finding: Finding) -> tuple[int, bool, str]:
    rank = _SEVERITIES.index(finding.severity) if finding.severity in _SEVERITIES else len(_SEVERITIES)
    return rank, finding.note == "not checked", finding.id


def _waiver(raw: Json) -> Waiver:
    texts = {name: plain(raw.get(name)) for name in ("id", "reason", "until", "ticket")}
    state = "expired" if raw.get("expired") else "in force"
    return Waiver(**{**texts, "reason": texts["reason"] or "no reason given", "until": texts["until"] or "no end"}, state=state)


def _node(raw: Json, before: str, look: Json) -> Node:
    """before: what all nodes were to have. look: at their rules after the change."""
    state, seen = plain(raw.get("state")), plain(raw.get("seen"))
    verified = "verified" if state == "wanted" else "not verifiable before the change" if raw.get("excused") else "not verified"
    had, left = raw.get("before"), raw.get("leftovers")
    return Node(
        name=plain(raw.get("name")),
        before=before if had is None else had if isinstance(had, str) else _json(had),
        after=plain(raw.get("mode")) or state,
        verified=f"{verified} ({seen.replace('_', ' ')})" if seen and verified != "verified" else verified,
        leftovers=_left(look, plain(raw.get("name"))) if left is None else _listed(left),
        reasons=_listed(raw.get("reasons") or ()),
    )


def _left(look: Json, name: str) -> str:
    """On a node; the record keeps nodes on which the same was found together, and names those that were not seen."""
    found = [group for group in objects_of(look, "leftovers") if name in _names(group)]
    if found:
        return "; ".join(f"{plain(group.get('mode'))}: {_listed(group.get('things') or ())}" for group in found)
    unseen = [one for group in objects_of(look, "not_seen") for one in _names(group)]
    if name in unseen:
        return "not checked"
    counts = object_of(look, "counts")
    others = sum(number for state, number in counts.items() if state != "seen" and isinstance(number, int))
    return "none" if counts and set(counts) <= _LOOKED_AT and len(unseen) >= others else "not recorded"


def _names(group: Json) -> list[str]:
    nodes = group.get("nodes")
    return [plain(one) for one in nodes] if isinstance(nodes, list) else []


def _listed(value: t.Any) -> str:
    if isinstance(value, (list, tuple)):
        return "; ".join(one if isinstance(one, str) else _json(one) for one in map(_plain_text, value)) or "none"
    return plain(value) if isinstance(value, str) else _json(value)


def _plain_text(value: t.Any) -> t.Any:
    return plain(value) if isinstance(value, str) else value


def _phase(raw: Json) -> Phase:
    started, ended = plain(raw["started"]), plain(raw["ended"])
    took = _seconds(started, ended)
    return Phase(
        plain(raw["name"]).replace("_", " "), plain(raw["status"]), started, "" if took is None else f"{took:.0f}", plain(raw["message"])
    )


def _seconds(started: str, ended: str) -> float | None:
    # Foreign records may have anything there, and moments with and without a time zone.
    try:
        began, over = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (started, ended))
        return (over - began).total_seconds()
    except (ValueError, TypeError):
        return None


def _rollback(record: Json, path: str) -> tuple[tuple[str, ...], str]:
    """What there is to say, and the command."""
    raw = record["rollback"] or {}
    said = tuple(filter(None, (_ROLLBACKS.get(plain(raw.get("status")), ""), plain(raw.get("message")))))
    if plain(record["verdict"]) not in _LEAVES_CHANGE or not record["before"]:
        return said or ("There is nothing to roll back.",), ""
    plane = by_name(record["subject"])
    effect = plane.rollback.effect
    words = f"To restore {_words(plain(record['subject']), record['before'])}, run the command. It has not been tried for this run."
    variables = shlex.quote(json.dumps({"aks_dataplane_record": path}, ensure_ascii=False))
    command = f"ansible-playbook aks.dataplane.rollback --limit {shlex.quote(plain(record['cluster']))} -e {variables}"
    return (*said, *((effect,) if effect else ()), words), command
