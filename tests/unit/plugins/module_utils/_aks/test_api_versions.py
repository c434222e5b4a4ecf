# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.api_versions import (
    ACNS,
    DEFAULT_HOST_ROUTING,
    DEFAULT_KUBE_PROXY,
    DEFAULT_STABLE,
    HOST_ROUTING,
    HOST_ROUTING_PREVIEW_SINCE,
    HOST_ROUTING_SINCE,
    KUBE_PROXY,
    KUBE_PROXY_SINCE,
    NFTABLES_SINCE,
    check_api_version,
    check_host_routing,
    check_kube_proxy,
    unshown_note,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError


@pytest.mark.parametrize(
    ("api_version", "mode"),
    [
        (DEFAULT_KUBE_PROXY, "NFTABLES"),
        (DEFAULT_KUBE_PROXY, None),
        ("2022-08-02-preview", "IPVS"),
        ("2022-08-02-preview", None),
        ("2025-09-02-preview", "NFTABLES"),
        ("2031-01-02-preview", "NFTABLES"),
    ],
)
def test_versions_that_know_the_setting_pass(api_version: str, mode: str | None) -> None:
    check_kube_proxy(api_version, mode)


@pytest.mark.parametrize(
    ("api_version", "mode", "reported"),
    [
        ("latest", None, "not an api-version"),
        ("", None, "not an api-version"),
        ("2026-13-02-preview", None, "not an api-version"),
        ("2026-02-30", None, "not an api-version"),
        ("2026-08-02-beta", None, "not an api-version"),
        ("2026-08-02-preview ", None, "not an api-version"),
        (DEFAULT_STABLE, None, "stable"),
        ("2022-07-02-preview", "IPVS", "since 2022-08-02-preview only"),
        ("2025-08-02-preview", "NFTABLES", "NFTABLES exists since 2025-09-02-preview only"),
    ],
)
def test_other_versions_are_refused_with_one_that_fits(api_version: str, mode: str | None, reported: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        check_kube_proxy(api_version, mode)
    assert reported in caught.value.message
    assert f'"{api_version}"' in caught.value.message
    assert DEFAULT_KUBE_PROXY in caught.value.remedy


def test_a_preview_is_distinguished_from_a_stable_version() -> None:
    assert check_api_version("2026-08-01") == ("2026-08-01", False)
    assert check_api_version("2026-08-02-preview") == ("2026-08-02", True)


@pytest.mark.parametrize("api_version", [DEFAULT_HOST_ROUTING, "2026-01-01", "2031-01-01", "2025-07-02-preview", "2026-08-02-preview"])
def test_versions_that_know_host_routing_pass(api_version: str) -> None:
    check_host_routing(api_version)


@pytest.mark.parametrize(
    ("api_version", "reported"),
    [
        ("latest", "not an api-version"),
        ("2025-10-01", "in stable api-versions, exists since 2026-01-01 only"),
        ("2025-06-02-preview", "in preview api-versions, exists since 2025-07-02-preview only"),
    ],
)
def test_versions_that_would_wipe_host_routing_are_refused(api_version: str, reported: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        check_host_routing(api_version)
    assert reported in caught.value.message
    assert f"use {DEFAULT_HOST_ROUTING}." in caught.value.remedy


def test_the_newest_and_the_oldest_that_fit() -> None:
    assert (DEFAULT_STABLE, DEFAULT_KUBE_PROXY, DEFAULT_HOST_ROUTING) == ("2026-08-01", "2026-08-02-preview", "2026-08-01")
    assert (KUBE_PROXY_SINCE, NFTABLES_SINCE) == ("2022-08-02-preview", "2025-09-02-preview")
    assert (HOST_ROUTING_SINCE, HOST_ROUTING_PREVIEW_SINCE) == ("2026-01-01", "2025-07-02-preview")


@pytest.mark.parametrize(
    ("last", "first", "mode"),
    [
        ("2022-08-01-preview", "2022-08-02-preview", None),
        ("2022-08-01-preview", "2022-08-02-preview", "IPTABLES"),
        ("2022-08-01-preview", "2022-08-02-preview", "IPVS"),
        ("2025-09-01-preview", "2025-09-02-preview", "NFTABLES"),
        ("2025-12-31", "2026-01-01", "host routing"),
        ("2025-07-01-preview", "2025-07-02-preview", "host routing"),
    ],
)
def test_the_day_before_is_refused(last: str, first: str, mode: str | None) -> None:
    def check(api_version: str) -> None:
        if mode == "host routing":
            check_host_routing(api_version)
        else:
            check_kube_proxy(api_version, mode)

    check(first)
    with pytest.raises(DataplaneError, match=f"since {first} only") as caught:
        check(last)
    assert caught.value.code == "InvalidApiVersion"


@pytest.mark.parametrize("api_version", ["latest", "2026-08-01"])
def test_every_refusal_has_the_same_code(api_version: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        check_kube_proxy(api_version, None)
    assert caught.value.code == "InvalidApiVersion"


@pytest.mark.parametrize(
    ("api_version", "kube_proxy", "acns", "host_routing"),
    [
        (DEFAULT_KUBE_PROXY, True, True, True),
        (DEFAULT_STABLE, False, True, True),
        ("2026-01-01", False, True, True),
        ("2025-10-01", False, True, False),
        ("2024-09-01", False, True, False),
        ("2024-08-01", False, False, False),
        ("2025-07-02-preview", True, True, True),
        ("2025-06-02-preview", True, True, False),
        ("2024-09-02-preview", True, True, False),
        ("2024-07-02-preview", True, False, False),
        ("2022-08-02-preview", True, False, False),
        ("2022-07-02-preview", False, False, False),
    ],
)
def test_what_a_version_shows(api_version: str, kube_proxy: bool, acns: bool, host_routing: bool) -> None:
    shown = (kube_proxy, acns, host_routing)
    assert tuple(setting.is_shown_by(api_version) for setting in (KUBE_PROXY, ACNS, HOST_ROUTING)) == shown
    note = unshown_note(api_version)
    assert (note is None) == all(shown)
    assert [setting.name in (note or "") for setting in (KUBE_PROXY, ACNS, HOST_ROUTING)] == [not one for one in shown]


def test_the_note_names_versions_that_show_it() -> None:
    assert unshown_note("2025-10-01") == (
        "With api_version 2025-10-01 Azure does not show the kube-proxy configuration (2022-08-02-preview or a later preview shows it), "
        "eBPF host routing (2026-01-01, 2025-07-02-preview or a later one shows it). The values are null, which says nothing about the cluster."
    )


def test_what_is_no_version_shows_nothing() -> None:
    with pytest.raises(DataplaneError, match="not an api-version"):
        unshown_note("latest")
