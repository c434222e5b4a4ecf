# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pathlib

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy import answers
from ansible_collections.aks.dataplane.plugins.module_utils._verify.kube_proxy.model import IpvsSettings
from hypothesis import given
from hypothesis import strategies as st

CAPTURED = pathlib.Path(__file__).parents[4] / "fixtures" / "kube-proxy"
BODIES = sorted(path.parent.name for path in CAPTURED.glob("*/http-10249-proxyMode.body"))


@pytest.mark.parametrize("name", BODIES)
def test_reads_what_real_kube_proxy_answers(name: str) -> None:
    folder = CAPTURED / name
    mode = answers.proxy_mode((folder / "http-10249-proxyMode.body").read_text())
    configured, ipvs = answers.configz((folder / "http-10249-configz.body").read_text())
    metrics = answers.metrics((folder / "metrics.txt").read_text())
    assert mode in answers.MODES
    assert configured == mode
    assert ipvs == IpvsSettings()
    assert metrics is not None
    assert metrics.failures == 0
    assert set(metrics.last_sync) == set(metrics.last_queued) == ({""} if "1.30" in name else {"IPv4", "IPv6"})
    assert all(metrics.last_sync[family] >= metrics.last_queued[family] for family in metrics.last_sync)


def test_the_captures_cover_every_mode_and_both_versions() -> None:
    assert {"iptables-12", "ipvs-12", "nftables-12", "nftables-12-kp1.30.5"} <= set(BODIES)


@pytest.mark.parametrize("text", ["", "userspace", "404 page not found", "{}"])
def test_an_unknown_mode_is_none(text: str) -> None:
    assert answers.proxy_mode(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (None, None)),
        ("[]", (None, None)),
        ('{"kubeproxy.config.k8s.io": []}', (None, None)),
        ('{"kubeproxy.config.k8s.io": {"mode": ""}}', (None, None)),
        (
            '{"kubeproxy.config.k8s.io": {"mode": "ipvs", "ipvs": {"scheduler": "lc", "tcpTimeout": "15m0s", "tcpFinTimeout": "2m0s"}}}',
            ("ipvs", None),
        ),
        (
            '{"kubeproxy.config.k8s.io": {"Mode": "ipvs", "IPVS": '
            '{"Scheduler": "lc", "TCPTimeout": "15m0s", "TCPFinTimeout": "2m0s", "UDPTimeout": "30s"}}}',
            ("ipvs", IpvsSettings("lc", 900.0, 120.0, 30.0)),
        ),
    ],
)
def test_configz(text: str, expected: tuple[str | None, IpvsSettings | None]) -> None:
    assert answers.configz(text) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("0", 0),
        ("30s", 30),
        ("15m0s", 900),
        ("1h2m3.5s", 3723.5),
        ("250ms", 0.25),
        ("12ms", 0.012),
        ("3us", 0.000003),
        ("3µs", 0.000003),
        ("2ns", 0.000000002),
        ("1h", 3600),
        ("1m", 60),
        ("10.25s", 10.25),
        ("1m0.125s", 60.125),
        ("5.s", None),
        (".5s", None),
        ("5d", None),
        ("-5s", None),
        ("", None),
        ("15", None),
        ("x5s", None),
        (5, None),
    ],
)
def test_durations(text: object, seconds: float | None) -> None:
    assert answers.duration(text) == seconds


@given(st.integers(0, 10**6))
def test_durations_as_go_writes_them(seconds: int) -> None:
    hours, minutes = divmod(seconds // 60, 60)
    assert answers.duration(f"{hours}h{minutes}m{seconds % 60}s") == seconds


def test_metrics_add_up_failures_of_all_kinds() -> None:
    text = (
        "# HELP kubeproxy_sync_proxy_rules_last_timestamp_seconds last\n"
        'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 10\n'
        'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv6"} NaN\n'
        'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 2\n'
        'kubeproxy_sync_proxy_rules_iptables_restore_failures_total{ip_family="IPv6"} 1\n'
        "other_kubeproxy_sync_proxy_rules_nftables_sync_failures_total 9\n"
    )
    metrics = answers.metrics(text)
    assert metrics is not None
    assert (metrics.last_sync, metrics.last_queued, metrics.failures) == ({"IPv4": 10.0}, {}, 3.0)


@given(st.text())
def test_readers_take_any_text(text: str) -> None:
    answers.proxy_mode(text)
    answers.configz(text)
    assert answers.metrics(text) is None or "kubeproxy_sync" in text


PREFIX = "kubeproxy_sync_proxy_rules_"


@pytest.mark.parametrize(
    ("line", "reported"),
    [
        (f"{PREFIX}last_timestamp_seconds 10", {"": 10.0}),
        (f"{PREFIX}last_timestamp_seconds\t10", {"": 10.0}),
        (f"{PREFIX}last_timestamp_seconds  1.7e+09", {"": 1.7e9}),
        (f"{PREFIX}last_timestamp_seconds 0", {"": 0.0}),
        (f"{PREFIX}last_timestamp_seconds 0.5", {"": 0.5}),
        (f"{PREFIX}last_timestamp_seconds{{}} 10", {"": 10.0}),
        (f'{PREFIX}last_timestamp_seconds{{ip_family=""}} 10', {"": 10.0}),
        (f'{PREFIX}last_timestamp_seconds{{ip_family="IPv6"}} 10', {"IPv6": 10.0}),
        (f'{PREFIX}last_timestamp_seconds{{a="b",ip_family="IPv4",c="d"}} 10', {"IPv4": 10.0}),
        (f"{PREFIX}last_timestamp_seconds -1", None),
        (f"{PREFIX}last_timestamp_seconds +Inf", None),
        (f"{PREFIX}last_timestamp_seconds NaN", None),
        (f"{PREFIX}last_timestamp_seconds ten", None),
        (f"{PREFIX}last_timestamp_seconds10", None),
        (f"x{PREFIX}last_timestamp_seconds 10", None),
        (f"{PREFIX}duration_seconds_sum 10", None),
        (f"{PREFIX}x_last_timestamp_seconds 10", None),
        (f'{PREFIX}last_timestamp_seconds{{ip_family="IPv4"\n}} 10', None),
    ],
)
def test_one_sample(line: str, reported: dict[str, float] | None) -> None:
    for text in (line, f"\n{line}", f"# TYPE x gauge\n{line}\n"):
        metrics = answers.metrics(text)
        assert (metrics.last_sync if metrics else None) == reported
    if reported is not None:
        metrics = answers.metrics(line.replace("last_timestamp", "last_queued_timestamp"))
        assert metrics is not None
        assert (metrics.last_sync, metrics.last_queued, metrics.failures) == ({}, reported, 0.0)


# As kube-proxy of 1.36 names them, by mode.
@pytest.mark.parametrize(
    "name",
    [
        "iptables_restore_failures_total",
        "iptables_partial_restore_failures_total",
        "nftables_sync_failures_total",
        "nftables_cleanup_failures_total",
    ],
)
def test_every_kind_of_failure_counts(name: str) -> None:
    metrics = answers.metrics(f"{PREFIX}last_timestamp_seconds 10\n{PREFIX}{name} 2\n{PREFIX}iptables_total 7\n")
    assert metrics is not None
    assert metrics.failures == 2.0


@pytest.mark.parametrize("mode", ["iptables", "ipvs", "nftables"])
def test_the_modes(mode: str) -> None:
    assert answers.proxy_mode(f"{mode}\n") == mode
    assert answers.configz(f'{{"kubeproxy.config.k8s.io": {{"mode": "{mode}"}}}}') == (mode, None)
    assert answers.proxy_mode(mode.upper()) is None


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [
        (["kube-proxy", "--v=3"], "iptables"),
        (["kube-proxy", "--proxy-mode=nftables"], "nftables"),
        (["kube-proxy", "--proxy-mode", "ipvs", "--v=3"], "ipvs"),
        (["kube-proxy", "--proxy-mode"], None),
        (["kube-proxy", "--proxy-mode=kernelspace"], None),
        (["kube-proxy", "--config=/etc/config.conf"], None),
    ],
)
def test_template_mode(arguments: list[str], mode: str | None) -> None:
    assert answers.template_mode(arguments) == mode


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (["kube-proxy", "--v=3"], None),
        (["kube-proxy", "--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=azv"], "InterfaceNamePrefix"),
        (["kube-proxy", "--detect-local-mode", "ClusterCIDR"], "ClusterCIDR"),
        (["kube-proxy", "--detect-local-mode=ClusterCIDR", "--detect-local-mode=BridgeInterface"], "BridgeInterface"),
        (["kube-proxy", "--detect-local-mode"], ""),
        (["kube-proxy", "--detect-local-mode-x=1"], None),
    ],
)
def test_the_value_of_a_flag(arguments: list[str], value: str | None) -> None:
    assert answers.flag_value(arguments, "--detect-local-mode") == value


INVALID = "kubeproxy_iptables_ct_state_invalid_dropped_packets_total"


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        (f"# TYPE {INVALID} counter\n{INVALID} 57\nother 1\n", 57),
        (f"x 1\n{INVALID} 1.2e+06", 1_200_000),
        (f"x 1\n{INVALID} 0\n", 0),
        (f"x 1\n{INVALID} NaN\n", None),
        (f"x 1\n{INVALID} \n", None),
        (f"x 1\n{INVALID}_by_node 3\n", None),
        (f"# HELP {INVALID} packets\n", None),
        ("", None),
    ],
)
def test_packets_dropped_as_invalid(text: str, dropped: int | None) -> None:
    assert answers.invalid_dropped(text) == dropped


def test_counts_that_would_be_no_number_together() -> None:
    lines = [f"kubeproxy_sync_proxy_rules_iptables_{kind}_failures_total 1.7e308" for kind in ("restore", "partial_restore")]
    found = answers.metrics("\n".join([*lines, "kubeproxy_sync_proxy_rules_last_timestamp_seconds 1.7e9", ""]))
    assert found is not None
    assert found.failures == 0
