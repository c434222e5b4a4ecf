# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import typing as t

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
    assert (same.before, same.switch_began, same.note) == (IPTABLES, "t2", None)
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
        waivers=[{"id": "KP20", "reason": "r", "until": None, "ticket": "CHG-7", "expired": False, "token": "x"}],
    )
    record = add_news(begin(), news)
    assert (record.subscription, record.before, record.after) == ("s", IPTABLES, NFTABLES)
    assert record.findings == ({"id": "KP20", "severity": "info"},)
    assert record.nodes == ({"name": "n", "state": "wanted"},)
    assert record.rollback == {"status": "done", "message": "m"}
    assert record.waivers == ({"id": "KP20", "reason": "r", "until": None, "ticket": "CHG-7", "expired": False},)
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
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
    noted = add_news(record, News(subscription=second, before=NFTABLES))
    assert noted.before == kept
    assert (noted.note is None) == (kept is IPTABLES)


def test_a_run_cut_off_early_leaves_nothing_to_inherit() -> None:
    record = begin(begin_phase(begin(), "preflight", now="t1"), run_id="r2")
    assert record.before is None
    assert add_news(record, News(subscription="s", before=IPTABLES)).before == IPTABLES


IPVS = {"enabled": True, "mode": "IPVS", "ipvs_config": None}
TIMEOUT = {
    **IPVS,
    "ipvs_config": {"scheduler": None, "tcp_timeout_seconds": 9, "tcp_fin_timeout_seconds": None, "udp_timeout_seconds": None},
}
OFF = {"enabled": False, "mode": None, "ipvs_config": None}


@pytest.mark.parametrize(
    ("wanted", "before", "now", "left"),
    [
        ({"mode": "NFTABLES"}, IPTABLES, IPTABLES, True),
        ({"mode": "NFTABLES"}, IPTABLES, NFTABLES, True),
        ({"mode": "NFTABLES"}, IPTABLES, IPVS, False),
        ({"mode": "NFTABLES"}, IPTABLES, OFF, False),
        ({"mode": "IPTABLES"}, IPVS, OFF, False),
        ({"mode": "IPVS"}, IPTABLES, IPVS, True),
        ({"mode": "IPVS"}, IPTABLES, TIMEOUT, False),
        ({"mode": "NFTABLES"}, TIMEOUT, TIMEOUT, True),
        ({"mode": "NFTABLES"}, TIMEOUT, IPVS, False),
        ({"mode": "IPVS", "ipvs_config": TIMEOUT["ipvs_config"]}, IPTABLES, TIMEOUT, True),
        ({"state": "default"}, NFTABLES, IPTABLES, True),
        ({"state": "default"}, NFTABLES, IPVS, False),
        ({"enabled": False}, NFTABLES, OFF, True),
        (NFTABLES, IPTABLES, NFTABLES, True),
        (NFTABLES, IPTABLES, TIMEOUT, False),
    ],
    ids=str,
)
def test_only_what_the_interrupted_run_left_is_undone_beyond_it(wanted: dict, before: dict, now: dict, left: bool) -> None:
    """Else somebody has configured the cluster in the meantime, and must not lose that in a rollback."""
    interrupted = dataclasses.replace(add_news(begin(), News(subscription="s", before=before)), wanted=wanted, switch_began="t1")
    continued = dataclasses.replace(begin(interrupted, run_id="r2"), wanted=wanted)
    record = add_news(continued, News(subscription="s", before=now))
    assert record.continues == "r1"
    assert record.before == (before if left else now)
    assert record.switch_began == ("t1" if left else None)
    if left:
        assert record.note is None
    else:
        assert record.note is not None
        assert "Since the run r1 was interrupted" in record.note
        # What was decided once holds for the rest of the run.
        later = add_news(record, News(subscription="s", before=now))
        assert (later.before, later.note) == (now, record.note)


def routing(state: str, acns: bool, security: bool = True) -> dict:
    mode = "BpfVeth" if state == "enabled" else "None"
    return {"state": state, "acceleration_mode": mode, "acns": {"enabled": acns, "observability": acns, "security": acns and security}}


@pytest.mark.parametrize(
    ("wanted", "before", "now", "left"),
    [
        ("enabled", routing("disabled", True), routing("disabled", True), True),
        ("enabled", routing("disabled", True), routing("enabled", True), True),
        ("enabled", routing("disabled", False), routing("enabled", True, security=False), True),
        ("enabled", routing("disabled", False), routing("disabled", True), False),
        ("enabled", routing("disabled", True), routing("enabled", True, security=False), False),
        ("disabled", routing("enabled", True), routing("disabled", True), True),
        ("disabled", routing("enabled", True), routing("disabled", False), False),
    ],
    ids=str,
)
def test_so_it_is_with_host_routing(wanted: str, before: dict, now: dict, left: bool) -> None:
    def opened(interrupted: RunRecord | None) -> RunRecord:
        return open_record(
            run_id="r", cluster="c", resource_group="rg", subject="host_routing", wanted={"state": wanted}, now="t", interrupted=interrupted
        )

    record = add_news(opened(add_news(opened(None), News(before=before))), News(before=now))
    assert record.before == (before if left else now)


@pytest.mark.parametrize("document", [None, [], "record", 5])
def test_what_is_no_object_is_refused(document: t.Any) -> None:
    with pytest.raises(ValueError, match="not a run record"):
        RunRecord.from_dict(document)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.sampled_from(PHASES), st.sampled_from(["running", "skipped"]), st.sampled_from(["done", "failed"])),
        st.tuples(st.just("report"), st.sampled_from([News(), News(before=IPTABLES), News(after=NFTABLES, subscription="s")])),
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


@pytest.mark.parametrize(
    "spoil",
    [{"schema": 2}, {"schema": None}, {"subject": "dns"}, {"phases": [{"name": "x"}]}, {"findings": None}, {"before": []}, {"wanted": 1}],
)
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
