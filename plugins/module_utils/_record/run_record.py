"""The run record as data, and how it grows: each function takes a record and returns the next one."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import Misshapen, object_at, objects_at, text_at
from .._dataplane.registry import by_name
from .cleaning import FINDINGS, INTERRUPTION, LOOKS, NODES, ROLLBACK, VERSIONS, WAIVERS, clean, clean_text

SCHEMA = 1

SWITCH = "switch"
PHASES = ("feature_registration", "preflight", SWITCH, "rollout", "verification", "rollback")
VERDICTS = ("switched", "unchanged", "unverified", "refused", "rolled_back", "rollback_failed", "failed")

# Keys that records of 0.1.0 do not have.
_LATER = frozenset({"follows", "note", "looks", "operator", "through", "undoes", "versions", "waivers"})
_LISTS = ("findings", "phases", "nodes", "waivers")
# What becomes of news with these names, besides configurations.
_SHAPES = {"findings": FINDINGS, "waivers": WAIVERS, "nodes": NODES, "rollback": ROLLBACK}

PhaseStatus = t.Literal["running", "done", "failed", "skipped"]
Json = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Phase:
    """One part of a run; C(running) in a record whose run is over means that the run was killed in it."""

    name: str
    status: PhaseStatus
    started: str
    ended: str | None = None
    message: str | None = None


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """What one run did to one cluster. Times are UTC, ISO 8601; configurations are in the spelling of module results.

    subject: what the run is about, V(kube_proxy) or V(host_routing); it decides the shape of wanted, before and after.
    wanted: the declaration, without what was left out.
    before: the state to roll back to; of the run that this one continues, as long as the cluster is what that run left.
    switch_began: when the first change was about to be sent; of the run that this one continues, where before is.
    continues: id of the run that was interrupted and that this one takes over. follows: id of the last run that had begun when this one did.
    through: the configuration that the run goes through on its way, which removes leftovers; of the run that this one continues, too; null without one.
    looks: the looks at the nodes' own rules, C(before) the change and C(after) it, as far as they were made; null without any.
    interruption: what the probe has measured, and C(nodes), in which time new connections can have failed on each, see C(INTERRUPTION); null without any.
    note: why before is not that of the run that this one continues, though that run had one; null otherwise.
    undoes: id of the run that this one rolls back, where a record was named for that; null otherwise.
    waivers: of preflight rules, as they were judged in this run.
    operator: the user who has started it. versions: of C(collection), C(ansible_core) and C(python).
    ended, verdict: null while the run works, and for ever when it was killed.
    """

    run_id: str
    cluster: str
    resource_group: str
    started: str
    subject: str
    wanted: Json
    subscription: str | None = None
    continues: str | None = None
    ended: str | None = None
    before: Json | None = None
    switch_began: str | None = None
    after: Json | None = None
    findings: tuple[Json, ...] = ()
    phases: tuple[Phase, ...] = ()
    nodes: tuple[Json, ...] = ()
    interruption: Json | None = None
    rollback: Json | None = None
    verdict: str | None = None
    message: str | None = None
    follows: str | None = None
    note: str | None = None
    looks: Json | None = None
    through: Json | None = None
    undoes: str | None = None
    waivers: tuple[Json, ...] = ()
    operator: str | None = None
    versions: Json | None = None
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, t.Any]:
        """As JSON has it: the fields as keys, C(schema) first, and lists for tuples; C(from_dict) takes it back."""
        fields = dataclasses.asdict(self)
        return {"schema": self.schema, **fields, **{name: list(fields[name]) for name in _LISTS}}

    @classmethod
    def from_dict(cls, data: Json) -> RunRecord:
        """A record that was read; raises ValueError when it is not one of this schema."""
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            raise ValueError(f"not a run record: schema is {schema!r:.100}, not {SCHEMA}")
        missing = [field.name for field in dataclasses.fields(cls) if field.name not in data and field.name not in _LATER]
        missing += [name for name in _LISTS if name in data and data[name] is None]
        if missing:
            raise ValueError(f"not a run record: it has no {missing[0]}")
        try:
            by_name(text_at(data, "subject"))
            texts = {name: text_at(data, name) if data.get(name) is not None else None for name in _TEXTS}
            objects = {name: object_at(data, name) if data.get(name) is not None else None for name in _OBJECTS}
            phases = tuple(_read_phase(phase) for phase in objects_at(data, "phases"))
            lists = {name: tuple(objects_at(data, name)) for name in ("findings", "nodes", "waivers") if name in data}
        except KeyError as exc:
            raise ValueError(f"not a run record: its subject is {foreign(exc)}") from exc
        except Misshapen as exc:
            raise ValueError(f"not a run record: {exc}") from exc
        absent = [name for name in _NEEDED if not (texts.get(name) or objects.get(name) is not None)]
        if absent:
            raise ValueError(f"not a run record: its {absent[0]} is empty")
        return cls(**t.cast("dict[str, t.Any]", {**texts, **objects, **lists, "phases": phases}))


_NEEDED = ("run_id", "cluster", "resource_group", "started", "subject", "wanted")
_TEXTS = (
    *_NEEDED[:-1],
    "subscription",
    "continues",
    "ended",
    "switch_began",
    "verdict",
    "message",
    "follows",
    "note",
    "undoes",
    "operator",
)
_OBJECTS = ("wanted", "before", "after", "interruption", "rollback", "looks", "through", "versions")


def _read_phase(raw: Json) -> Phase:
    status = text_at(raw, "status")
    if status not in t.get_args(PhaseStatus):
        raise Misshapen(f"the status of a phase is {status[:100]}")
    ended, message = (text_at(raw, name) if raw.get(name) is not None else None for name in ("ended", "message"))
    return Phase(text_at(raw, "name"), t.cast(PhaseStatus, status), text_at(raw, "started"), ended, message)


@dataclasses.dataclass(frozen=True)
class News:
    """What a phase found out; None means nothing new."""

    subscription: str | None = None
    before: Json | None = None
    after: Json | None = None
    through: Json | None = None
    findings: t.Sequence[Json] | None = None
    nodes: t.Sequence[Json] | None = None
    looks: Json | None = None
    interruption: Json | None = None
    rollback: Json | None = None
    waivers: t.Sequence[Json] | None = None


def open_record(
    *,
    run_id: str,
    cluster: str,
    resource_group: str,
    subject: str,
    wanted: Json,
    now: str,
    interrupted: RunRecord | None,
    follows: str | None = None,
    undoes: str | None = None,
    operator: str | None = None,
    versions: Json | None = None,
    hidden: t.Sequence[str] = (),
) -> RunRecord:
    """A new run's record; it inherits the state to roll back to from the run that it continues, and when that state was left.

    follows: the last run that has begun so far. undoes: the run that this one rolls back. operator, versions: who has started it, with what.
    """
    return RunRecord(
        run_id=run_id,
        cluster=clean_text(cluster, hidden),
        resource_group=clean_text(resource_group, hidden),
        started=now,
        subject=subject,
        wanted=clean(by_name(subject).record.shape, wanted, hidden),
        continues=interrupted.run_id if interrupted else None,
        follows=follows,
        undoes=undoes,
        operator=clean_text(operator, hidden) if operator else None,
        versions=clean(VERSIONS, versions, hidden) if versions else None,
        subscription=interrupted.subscription if interrupted else None,
        before=interrupted.before if interrupted else None,
        switch_began=interrupted.switch_began if interrupted else None,
        through=interrupted.through if interrupted else None,
    )


def begin_phase(
    record: RunRecord,
    name: str,
    *,
    now: str,
    status: PhaseStatus = "running",
    last_status: PhaseStatus = "done",
    last_message: str | None = None,
    hidden: t.Sequence[str] = (),
) -> RunRecord:
    """The next phase begins (or is skipped), which ends the one that was running."""
    record = _end_phase(record, last_status, last_message, now, hidden)
    phase = Phase(name, status, started=now, ended=None if status == "running" else now)
    began = record.switch_began or (now if name == SWITCH else None)
    return dataclasses.replace(record, phases=(*record.phases, phase), switch_began=began)


def close_record(
    record: RunRecord,
    verdict: str,
    *,
    now: str,
    last_status: PhaseStatus = "done",
    message: str | None = None,
    hidden: t.Sequence[str] = (),
) -> RunRecord:
    """The run is over."""
    record = _end_phase(record, last_status, message if last_status == "failed" else None, now, hidden)
    return dataclasses.replace(record, ended=now, verdict=verdict, message=None if message is None else clean_text(message, hidden))


def _end_phase(record: RunRecord, status: PhaseStatus, message: str | None, now: str, hidden: t.Sequence[str]) -> RunRecord:
    text = None if message is None else clean_text(message, hidden)
    phases = tuple(
        dataclasses.replace(phase, status=status, ended=now, message=text) if phase.status == "running" else phase
        for phase in record.phases
    )
    return dataclasses.replace(record, phases=phases)


def add_news(record: RunRecord, news: News, hidden: t.Sequence[str] = ()) -> RunRecord:
    """The record with what was found out. An inherited state to roll back to stays while the cluster is what the continued run left."""
    changes: dict[str, t.Any] = {}
    if news.before is not None:
        objection = _objection(record, news)
        if objection is not None:
            changes["before"] = clean(by_name(record.subject).record.shape, news.before, hidden)
            changes["switch_began"] = None
            changes["note"] = objection or record.note
    if news.subscription is not None:
        changes["subscription"] = clean_text(news.subscription, hidden)
    # What comes in parts.
    for name, shape in {"looks": LOOKS, "interruption": INTERRUPTION}.items():
        part = getattr(news, name)
        if part is not None:
            known = getattr(record, name)
            changes[name] = {**({} if known is None else known), **clean(shape, part, hidden)}
    configuration = by_name(record.subject).record.shape
    for name, shape in {"after": configuration, "through": configuration, **_SHAPES}.items():
        value = getattr(news, name)
        if value is not None:
            cleaned = clean(shape, value, hidden)
            changes[name] = tuple(cleaned) if name in _LISTS else cleaned
    return dataclasses.replace(record, **changes)


def _objection(record: RunRecord, news: News) -> str | None:
    """Why the state to roll back to is what was read now, and not that of the continued run; None when it is that one, V('') when there is none.

    The continued run may have been about a cluster of the same name in another subscription, which only shows once Azure has answered. And since it
    was interrupted, somebody else may have configured the cluster, who must not lose that in a rollback.
    """
    if record.continues is None or record.before is None or record.note is not None:
        return ""
    if record.subscription and news.subscription and record.subscription.casefold() != news.subscription.casefold():
        return f"The run {record.continues} was about a cluster of the same name in another subscription. {_NOW}"
    kept = by_name(record.subject).record
    now = kept.shape(news.before)
    if kept.is_left(kept.shape(record.before), kept.shape(record.wanted), now) or (record.through and kept.shape(record.through) == now):
        return None
    return (
        f"Since the run {record.continues} was interrupted, somebody else has changed the configuration: it is neither what that run found nor what "
        f"it was to set. {_NOW}"
    )


_NOW = "So a rollback restores the configuration that this run found."
