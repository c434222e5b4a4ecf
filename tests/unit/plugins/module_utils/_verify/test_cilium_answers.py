# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json
import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._verify.host_routing.answers import (
    agent_status,
    is_new,
    read_since,
    unexpected_rules,
)
from ansible_collections.aks.dataplane.plugins.module_utils._verify.times import read_time
from hypothesis import given
from hypothesis import strategies as st

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("document", "routing", "wrong"),
    [
        ({"routing": {"intra-host-routing-mode": "BPF", "inter-host-routing-mode": "Native"}}, "bpf", ""),
        ({"routing": {"intra-host-routing-mode": "Legacy"}}, "legacy", ""),
        ({"host-routing": {"mode": "BPF"}}, "bpf", ""),
        ({"host-routing": {"mode": "Legacy"}}, "legacy", ""),
        ({"host-routing": {"mode": "BPF"}, "routing": {"intra-host-routing-mode": "BPF"}}, "bpf", ""),
        ({"host-routing": {"mode": "BPF"}, "routing": {"intra-host-routing-mode": "Legacy"}}, None, "BPF and Legacy"),
        ({"routing": {"intra-host-routing-mode": "Hybrid"}}, None, "mode Hybrid"),
        ({"routing": {"intra-host-routing-mode": "bpf"}}, None, "mode bpf"),
        ({"routing": {"inter-host-routing-mode": "Native"}}, None, ""),
        ({"routing": None, "host-routing": []}, None, ""),
        ({"routing": {"intra-host-routing-mode": 1}}, None, ""),
        ({}, None, ""),
        ([], None, "no JSON object"),
    ],
)
def test_both_shapes_of_the_agents_status(document: t.Any, routing: str | None, wrong: str) -> None:
    reported = agent_status(json.dumps(document))
    assert reported.routing == routing
    assert wrong in " ".join(reported.errors)
    assert bool(reported.errors) == bool(wrong)


def test_what_else_the_status_tells() -> None:
    reported = agent_status(json.dumps({"masquerading": {"mode": "BPF"}, "kube-proxy-replacement": {"mode": "True"}}))
    assert (reported.masquerading, reported.kube_proxy_replacement, reported.routing) == ("BPF", "True", None)


@given(st.text())
def test_no_text_makes_it_fail_or_good(text: str) -> None:
    reported = agent_status(text)
    assert reported.routing is None
    assert not unexpected_rules(text.splitlines()) or "Unexpected rule: " in text


ENDS = "I1121 13:12:01.000000       1 iptables_monitor.go:301] Above user iptables rules detected in IPv4 iptables"


def rule(text: str) -> str:
    return f"I1121 13:12:01.000000       1 iptables_monitor.go:205] Unexpected rule: {text}"


@pytest.mark.parametrize(
    ("log", "rules"),
    [
        ([], ()),
        (["I1121 Starting", "I1121 No unexpected rules found"], ()),
        ([rule("-A INPUT -j DROP"), "Unexpected rules detected in table filter", ENDS], ("-A INPUT -j DROP",)),
        ([rule("-A A -j B"), rule("-A A -j C"), rule("-A A -j B"), ENDS], ("-A A -j B", "-A A -j C")),
        ([rule("-A A -j B "), "Unexpected rules detected in table nat", rule("-A A -j C"), ENDS], ("-A A -j B", "-A A -j C")),
        ([rule("-A OLD -j B"), ENDS, rule("-A NEW -j B"), ENDS], ("-A NEW -j B",)),
        ([rule("-A OLD -j B"), ENDS, rule("-A NEW -j B")], ("-A NEW -j B",)),
        ([rule("-A A -j B")], ("-A A -j B",)),
    ],
)
def test_the_rules_of_the_last_round(log: list[str], rules: tuple[str, ...]) -> None:
    assert unexpected_rules(log) == rules


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("2026-11-21T13:00:00Z", datetime.datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ("2026-11-21T13:00:00.000000Z", datetime.datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ("2026-11-21T14:00:00+01:00", datetime.datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ("2026-11-21T13:00:00", datetime.datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ("2026-11-21t13:00:00z", datetime.datetime(2026, 11, 21, 13, tzinfo=UTC)),
        ("2026-11-21T13:00:00Z ", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, when: datetime.datetime | None) -> None:
    assert read_time(text) == when


def test_what_is_new() -> None:
    begin = read_since("2026-11-21T13:00:00Z")
    assert begin is not None
    assert is_new("2026-11-21T13:00:00Z", begin)
    assert is_new("", begin)
    assert not is_new("2026-11-21T12:59:59Z", begin)
    assert read_since(None) is None
    with pytest.raises(DataplaneError, match="since is yesterday"):
        read_since("yesterday")


def test_a_time_that_is_none_is_refused_with_one_that_is() -> None:
    with pytest.raises(DataplaneError) as caught:
        read_since("yesterday")
    assert caught.value.message == "since is yesterday, but must be a time in ISO 8601."
    assert caught.value.remedy == "Write it as in 2026-11-21T13:00:00Z."
