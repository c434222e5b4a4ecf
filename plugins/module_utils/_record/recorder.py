"""Events of a run on their way into its record: options, clock, environment and disk around the pure part."""

from __future__ import annotations

import datetime
import os
import typing as t

from .._common.argspec import ArgumentSpec
from .._dataplane import registry
from .._files.json_file import read_json_object
from .history import feature_unfinished, interrupted_run, staying_leftovers
from .run_record import PHASES, VERDICTS, News, RunRecord, add_news, begin_phase, close_record, open_record
from .store import Store, new_run_id, timestamp

# What these hold must not get into a record, whichever error message quotes it.
_SECRET_VARIABLES = (
    "AZURE_SECRET",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "AZURE_FEDERATED_TOKEN",
    "K8S_AUTH_API_KEY",
    "K8S_AUTH_PASSWORD",
)

# Events that the roles of this collection report; what they mean is decided in _run.
OF_ROLES = (
    "selected",
    "checked",
    "call",
    "returning",
    "joined",
    "seen",
    "failed",
    "concluded",
    "stopped",
    "summary",
    "ended",
    "shown",
)

# What they call modules for.
MODULES = (
    *("plan", "switch", "restore", "cluster", "nodes", "preflight", "register", "before", "status"),
    *("passage_check", "passage", "passage_status"),
)

_WHERE = ("record_dir", "resource_group", "name")

_EVENT = ArgumentSpec(
    options={
        "record_dir": {"type": "path"},
        "resource_group": {"type": "str"},
        "name": {"type": "str"},
        "event": {"type": "str", "required": True, "choices": ["opened", "phase", "closed", *OF_ROLES]},
        "run_id": {"type": "str"},
        "undoes": {"type": "str"},
        "operator": {"type": "str"},
        "versions": {"type": "dict"},
        "phase": {"type": "str", "choices": list(PHASES)},
        "phase_status": {"type": "str", "choices": ["running", "skipped"], "default": "running"},
        "last_status": {"type": "str", "choices": ["done", "failed"], "default": "done"},
        "reason": {"type": "str"},
        "subscription_id": {"type": "str"},
        "before": {"type": "dict"},
        "after": {"type": "dict"},
        "through": {"type": "dict"},
        "findings": {"type": "list", "elements": "dict"},
        "waivers": {"type": "list", "elements": "dict"},
        "nodes": {"type": "list", "elements": "dict"},
        "looks": {"type": "dict"},
        "interruption": {"type": "dict"},
        "rollback": {"type": "dict"},
        "verdict": {"type": "str", "choices": list(VERDICTS)},
        "results": {"type": "dict"},
        "failure": {"type": "dict"},
        "module": {"type": "str", "choices": list(MODULES)},
        "options": {"type": "dict"},
    },
    required_if=(
        ("event", "opened", _WHERE),
        ("event", "phase", (*_WHERE, "run_id", "phase")),
        ("event", "closed", (*_WHERE, "run_id", "verdict")),
        ("event", "seen", (*_WHERE, "run_id")),
        ("event", "call", ("module",)),
    ),
)


def arguments() -> ArgumentSpec:
    """A declaration is only there when a run is opened, so no event requires one."""
    return _EVENT.merge(registry.options())


def note(params: t.Mapping[str, t.Any], check_mode: bool) -> dict[str, t.Any]:
    """Take in one event; the result without C(changed)."""
    store = Store(params["record_dir"], params["resource_group"], params["name"])
    if params["event"] != "opened" and check_mode:
        # Opening the run in check mode has left no record that could be continued.
        opened = {"run_id": params["run_id"], "record_path": store.path(params["run_id"]), "record": None}
        return (
            opened
            if params["before"] is None
            else {**opened, "restore": registry.by_configuration(params["before"]).record.restore(params["before"])}
        )
    hidden = [os.environ[name] for name in _SECRET_VARIABLES if os.environ.get(name)]
    now = datetime.datetime.now(datetime.timezone.utc)
    further: dict[str, t.Any] = {}
    if params["event"] == "opened":
        record, further = _open(params, store, now, hidden)
    else:
        record = _advance(params, store.read(params["run_id"]), now, hidden)
        if params["before"] is not None:
            further["restore"] = registry.by_name(record.subject).record.restore({} if record.before is None else record.before)
    path = store.path(record.run_id) if check_mode else store.write(record)
    return {"run_id": record.run_id, "record_path": path, "record": record.to_dict(), **further}


def _read_declaration(params: t.Mapping[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
    """What the run is about, and the declaration as the record keeps it."""
    data_plane = registry.declared(params)
    return data_plane.name, data_plane.record.declared(params, read_json_object)


def _open(
    params: t.Mapping[str, t.Any], store: Store, now: datetime.datetime, hidden: t.Sequence[str]
) -> tuple[RunRecord, dict[str, t.Any]]:
    """The new record, and what earlier runs left open."""
    subject, wanted = _read_declaration(params)
    earlier = store.newest_first()
    interrupted = interrupted_run(earlier, subject, wanted)
    record = open_record(
        run_id=new_run_id(now),
        cluster=params["name"],
        resource_group=params["resource_group"],
        subject=subject,
        wanted=wanted,
        now=timestamp(now),
        interrupted=interrupted,
        follows=earlier[0].run_id if earlier else None,
        undoes=params["undoes"],
        operator=params["operator"],
        versions=params["versions"],
        hidden=hidden,
    )
    left = {
        "interrupted": interrupted.to_dict() if interrupted else None,
        "feature_unfinished": feature_unfinished(earlier),
        "staying_leftovers": staying_leftovers(earlier),
    }
    return record, left


def _advance(params: t.Mapping[str, t.Any], record: RunRecord, now: datetime.datetime, hidden: t.Sequence[str]) -> RunRecord:
    """The record after a phase began, something was found out, or the run ended."""
    news = News(
        subscription=params["subscription_id"],
        before=params["before"],
        after=params["after"],
        through=params["through"],
        findings=params["findings"],
        waivers=params["waivers"],
        nodes=params["nodes"],
        looks=params["looks"],
        interruption=params["interruption"],
        rollback=params["rollback"],
    )
    record = add_news(record, news, hidden)
    if params["event"] == "seen":
        return record
    if params["event"] == "closed":
        return close_record(
            record, params["verdict"], now=timestamp(now), last_status=params["last_status"], message=params["reason"], hidden=hidden
        )
    return begin_phase(
        record,
        params["phase"],
        now=timestamp(now),
        status=params["phase_status"],
        last_status=params["last_status"],
        last_message=params["reason"],
        hidden=hidden,
    )
