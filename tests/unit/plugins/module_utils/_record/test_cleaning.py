# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.kube_proxy import KUBE_PROXY
from ansible_collections.aks.dataplane.plugins.module_utils._dataplane.registry import data_planes
from ansible_collections.aks.dataplane.plugins.module_utils._record.cleaning import (
    FINDINGS,
    LONGEST_TEXT,
    MASK,
    NODES,
    ROLLBACK,
    SHORTEST_HIDDEN,
    clean,
    clean_text,
)
from hypothesis import given
from hypothesis import strategies as st

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (f"the token {JWT} was refused", JWT),
        (f"Authorization: Bearer {JWT}", JWT),
        ("authorization: bearer 0123456789abcdef", "0123456789abcdef"),
        ("client_secret=Q~8abcDEF was wrong", "Q~8abcDEF"),
        ('{"clientSecret": "Q~8abcDEF"}', "Q~8abcDEF"),
        ("password: hunter22", "hunter22"),
        ("poll https://management.azure.com/x/operations/1?api-version=1&t=2&c=MIIabc&s=sigsig failed", "MIIabc"),
        ("https://user:hunter22@proxy.example:3128/ refused", "hunter22"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "MIIEvQ"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEvQ (the rest is missing)", "MIIEvQ"),
        ("socks5://user:hunter22@proxy.example:1080 refused", "hunter22"),
        ("http://user:hunter@22@proxy.example refused", "22"),
        (f"x-eyJ.eyJ-{JWT}", JWT),
        (f"eyJhbGciOiJSUzI1NiJ9.{'x' * 2 * LONGEST_TEXT}", "x"),
        ("https://a.example/https://b.example/x?sig1=MIIabc", "MIIabc"),
        ("https://?s=MIIabc", "MIIabc"),
    ],
)
def test_what_looks_like_a_credential_is_gone(text: str, gone: str) -> None:
    assert gone not in clean_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Node aks-1: kube-proxy runs in mode iptables, not nftables.",
        "See https://aka.ms/aks-pending-operation for more details",
        "Feature Microsoft.ContainerService/KubeProxyConfigurationPreview is not registered.",
        "E1122 server.go:558] can't use the IPVS proxier: ipvs not supported",
        "two\nlines\tand a tab",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert clean_text(text) == text


def test_long_text_is_cut_and_control_characters_go() -> None:
    assert len(clean_text("x" * 10 * LONGEST_TEXT)) < LONGEST_TEXT + 10
    assert clean_text("\x1b[31mred\x1b[0m\x00") == "[31mred[0m"


@pytest.mark.parametrize(
    "part",
    [
        *(
            "eyJ-",
            "eyJ-eyJ.",
            "eyJa",
            "https://",
            "https://a",
            "http://a@",
            "bearer ",
            "basic   ",
            "sig ",
            "sig=",
            "sig='",
            "authorization :  ",
        ),
        *("-----BEGIN ", "-----BEGIN a-----", "-----END a", "-", " ", ".", "a", "\x00", "secretvalue"),
    ],
)
def test_the_time_is_in_proportion_to_the_text(part: str) -> None:
    # Quadratic, each of these would take hours.
    cleaned = clean_text(part * 200_000, ["secretvalue"])
    assert len(cleaned) < LONGEST_TEXT + 10
    assert "secretvalue" not in cleaned


@pytest.mark.parametrize(
    "before", [*range(LONGEST_TEXT - len(JWT) - 30, LONGEST_TEXT + 1, 7), *range(3 * LONGEST_TEXT, 4 * LONGEST_TEXT + 1, 997)]
)
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f" {JWT} ", JWT),
        (f" Bearer {JWT[4:]} ", JWT[4:]),
        (" https://user:hunter22@proxy.example/ ", "hunter22"),
        (" https://a.example/?sig=MIIabc ", "MIIabc"),
    ],
)
def test_a_cut_shows_no_part_of_a_credential(before: int, text: str, secret: str) -> None:
    key = "-----BEGIN PRIVATE KEY-----" + "x" * 3 * LONGEST_TEXT + "-----END PRIVATE KEY-----"
    for start in ("y" * before, key + "y" * (before % 1000)):
        cleaned = clean_text(start + text * 2000)
        # The first characters of some secrets are those of harmless words.
        assert secret[:6] not in cleaned
        assert cleaned.endswith(" (cut)")


@given(
    before=st.text(max_size=80),
    secret=st.text(alphabet=st.characters(codec="utf-8", exclude_characters=MASK), min_size=SHORTEST_HIDDEN, max_size=60),
    after=st.text(max_size=80),
)
def test_a_known_secret_never_gets_through(before: str, secret: str, after: str) -> None:
    cleaned = clean_text(before + secret + after, [secret])
    assert secret not in cleaned


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))
KEYS = st.one_of(
    st.sampled_from(
        ["enabled", "mode", "ipvs_config", "scheduler", "state", "acns", "id", "message", "name", "reasons", "status", "secret"]
    ),
    st.text(max_size=8),
)
TREES = st.recursive(LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)), max_leaves=20)


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    return {key for item in value for key in keys_of(item)} if isinstance(value, list) else set()


@pytest.mark.parametrize("shape", [*(one.record.shape for one in data_planes()), FINDINGS, NODES, ROLLBACK])
@given(tree=TREES)
def test_a_shape_lets_known_keys_through_only(shape, tree) -> None:
    cleaned = clean(shape, tree)
    known = {
        "enabled",
        "mode",
        "ipvs_config",
        "scheduler",
        "state",
        "tcp_timeout_seconds",
        "tcp_fin_timeout_seconds",
        "udp_timeout_seconds",
    }
    known |= {"enable_acns", "acceleration_mode", "acns", "observability", "security"}
    known |= {"id", "severity", "title", "subject", "message", "remedy", "reference", "not_checked", "ignored", "name", "reasons", "status"}
    assert keys_of(cleaned) <= known
    json.dumps(cleaned)


def test_a_configuration_is_kept_as_it_is() -> None:
    config = {
        "enabled": True,
        "mode": "IPVS",
        "ipvs_config": {"scheduler": "RoundRobin", "tcp_timeout_seconds": 900, "udp_timeout_seconds": None},
    }
    assert clean(KUBE_PROXY.record.shape, {**config, "extra": 1}) == config
    assert clean(KUBE_PROXY.record.shape, {"enabled": False, "mode": None, "ipvs_config": None}) == {
        "enabled": False,
        "mode": None,
        "ipvs_config": None,
    }
