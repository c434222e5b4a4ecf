# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._record.run_record import (
    PHASES,
    VERDICTS,
    News,
    Phase,
    RunRecord,
    add_news,
    begin_phase,
    close_record,
    open_record,
)
from hypothesis import given
from hypothesis import strategies as st

IPTABLES = {"enabled": True, "mode": "IPTABLES", "ipvs_config": None}
NFTABLES = {"enabled": True, "mode": "NFTABLES", "ipvs_config": None}


def begin(interrupted: RunRecord | None = None, run_id: str = "r1") -> RunRecord:
    return open_record(
        run_id=run_id,
        cluster="c",
        resource_group="rg",
        subject="kube_proxy",
        wanted={"mode": "NFTABLES"},
        now="t0",
        interrupted=interrupted,
    )


def test_a_new_record_is_open() -> None:
    record = begin()
    assert (record.ended, record.verdict, record.before, record.continues, record.interruption) == (None, None, None, None, None)
    assert record.wanted == {"mode": "NFTABLES"}


def test_phases_follow_each_other() -> None:
    record = begin_phase(begin(), "feature_registration", now="t1", status="skipped")
    record = begin_phase(record, "preflight", now="t2")
    record = begin_phase(record, "switch", now="t3")
    assert record.phases == (
        Phase("feature_registration", "skipped", "t1", "t1"),
        Phase("preflight", "done", "t2", "t3"),
        Phase("switch", "running", "t3"),
    )
    record = begin_phase(record, "rollback", now="t4", last_status="failed", last_message="no answer, password=hunter22")
    assert record.phases[2] == Phase("switch", "failed", "t3", "t4", "no answer, password=[hidden]")
    record = close_record(record, "rolled_back", now="t5", message="both stories")
    assert record.phases[3] == Phase("rollback", "done", "t4", "t5")
    assert (record.ended, record.verdict, record.message) == ("t5", "rolled_back", "both stories")


def test_the_beginning_of_the_switch_is_kept_and_inherited() -> None:
    """Of the first switch in a chain of runs, unless the one that is continued was about another cluster."""
    first = begin_phase(add_news(begin_phase(begin(), "preflight", now="t1"), News(subscription="s", before=IPTABLES)), "switch", now="t2")
    assert (begin_phase(begin(), "preflight", now="t1").switch_began, first.switch_began) == (None, "t2")
    second = begin(begin_phase(first, "rollout", now="t3"), run_id="r2")
    assert second.switch_began == "t2"
    same = begin_phase(add_news(second, News(subscription="S", before=NFTABLES)), "switch", now="t4")
    assert (same.before, same.switch_began) == (IPTABLES, "t2")
    other = begin_phase(add_news(second, News(subscription="other", before=NFTABLES)), "switch", now="t4")
    assert (other.before, other.switch_began) == (NFTABLES, "t4")


def test_host_routing_has_a_shape_of_its_own() -> None:
    off = {"state": "disabled", "acceleration_mode": "None", "acns": {"enabled": False, "observability": False, "security": False}}
    wanted = {"state": "enabled", "enable_acns": True}
    record = open_record(
        run_id="r", cluster="c", resource_group="rg", subject="host_routing", wanted={**wanted, "mode": "x"}, now="t", interrupted=None
    )
    record = add_news(record, News(before={**off, "enabled": True}, after={"state": "enabled", "key": "x"}))
    assert (record.subject, record.wanted, record.before, record.after) == ("host_routing", wanted, off, {"state": "enabled"})
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_a_failed_last_phase_says_why() -> None:
    record = close_record(begin_phase(begin(), "preflight", now="t1"), "refused", now="t2", last_status="failed", message="KP04")
    assert record.phases == (Phase("preflight", "failed", "t1", "t2", "KP04"),)


def test_news_fill_the_record() -> None:
    news = News(
        subscription="s",
        before=IPTABLES,
        after=NFTABLES,
        findings=[{"id": "KP20", "severity": "info", "token": "x"}],
        nodes=[{"name": "n", "state": "wanted"}],
        rollback={"status": "done", "message": "m"},
    )
    record = add_news(begin(), news)
    assert (record.subscription, record.before, record.after) == ("s", IPTABLES, NFTABLES)
    assert record.findings == ({"id": "KP20", "severity": "info"},)
    assert record.nodes == ({"name": "n", "state": "wanted"},)
    assert record.rollback == {"status": "done", "message": "m"}
    assert add_news(record, News()) == record


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("SUB-1", "sub-1", IPTABLES), (None, "sub-1", IPTABLES), ("sub-2", "sub-1", NFTABLES)],
    ids=["same subscription", "not known yet", "another cluster of the same name"],
)
def test_the_state_to_go_back_to_is_inherited(first: str | None, second: str, kept: dict) -> None:
    interrupted = add_news(begin(), News(subscription=first, before=IPTABLES))
    record = begin(interrupted, run_id="r2")
    assert (record.continues, record.before) == ("r1", IPTABLES)
    assert add_news(record, News(subscription=second, before=NFTABLES)).before == kept


def test_a_run_cut_off_early_leaves_nothing_to_inherit() -> None:
    record = begin(begin_phase(begin(), "preflight", now="t1"), run_id="r2")
    assert record.before is None
    assert add_news(record, News(subscription="s", before=IPTABLES)).before == IPTABLES


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from(PHASES), st.sampled_from(["running", "skipped"]), st.sampled_from(["done", "failed"])),
        st.tuples(st.just("tell"), st.sampled_from([News(), News(before=IPTABLES), News(after=NFTABLES, subscription="s")])),
    ),
    max_size=12,
)


@given(events=EVENTS, verdict=st.sampled_from(VERDICTS))
def test_any_course_leaves_a_sound_record(events, verdict) -> None:
    record = begin()
    for event in events:
        before = record
        record = (
            begin_phase(record, event[1], now="t", status=event[2], last_status=event[3])
            if event[0] == "enter"
            else add_news(record, event[1])
        )
        running = [phase for phase in record.phases if phase.status == "running"]
        # One at most, and only as the last; every other phase has an end.
        assert running in ([], [record.phases[-1]] if record.phases else [])
        assert all((phase.ended is None) == (phase.status == "running") for phase in record.phases)
        assert record.wanted == before.wanted
        assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    ended = close_record(record, verdict, now="z")
    assert not [phase for phase in ended.phases if phase.status == "running"]
    assert RunRecord.from_dict(json.loads(json.dumps(ended.to_dict()))) == ended


@pytest.mark.parametrize("spoil", [{"schema": 2}, {"schema": None}, {"subject": "dns"}, {"phases": [{"name": "x"}]}, {"findings": None}])
def test_foreign_documents_are_refused(spoil: dict) -> None:
    with pytest.raises(ValueError, match=r"schema|run record|subject"):
        RunRecord.from_dict({**begin().to_dict(), **spoil})


def test_missing_keys_are_refused() -> None:
    data = begin().to_dict()
    del data["wanted"]
    with pytest.raises(ValueError, match="wanted"):
        RunRecord.from_dict(data)


def test_the_document_has_every_field() -> None:
    assert set(begin().to_dict()) == {field.name for field in dataclasses.fields(RunRecord)}
