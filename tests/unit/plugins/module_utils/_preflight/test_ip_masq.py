# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which configurations of the ip-masq-agent azure-ip-masq-merger takes, and what it says to the others."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.ip_masq import problem, ranges
from ansible_collections.aks.dataplane.plugins.module_utils._preflight.kube_model import MasqueradeFile


def reported(content: t.Any) -> str:
    return problem(MasqueradeFile("ip-masq-agent", content))


@pytest.mark.parametrize(
    "text",
    [
        *("0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/8", "10.0.0.0/08", "10.1.2.2/31", "10.1.2.3/32"),
        *("::/0", "8000::/1", "fd00::/64", "fd00::2/127", "fd00::1/128", "FD00::/8"),
    ],
)
def test_ranges_that_are_taken(text: str) -> None:
    assert reported({"nonMasqueradeCIDRs": [text]}) == ""


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("10.0.0.0/33", "is none"),
        ("fd00::/129", "is none"),
        ("10.0.0/8", "is none"),
        ("10.0.0.256/32", "is none"),
        ("fe80::%eth0/64", "is none"),
        ("example/8", "is none"),
        ("128.0.0.0/0", "does not begin at its first address"),
        ("64.0.0.0/1", "does not begin at its first address"),
        ("10.0.0.1/31", "does not begin at its first address"),
        ("10.0.0.1/8", "does not begin at its first address"),
        ("fd00::1/127", "does not begin at its first address"),
        ("10.0.0.0", "has no length"),
        ("10.0.0.0/", "has no length"),
        ("10.0.0.0/-1", "has no length"),
        ("10.0.0.0/255.0.0.0", "has no length"),
        ("10.0.0.0/8 ", "has no length"),
        ("10.0.0.0/٨", "has no length"),
        ("", "has no length"),
    ],
)
def test_ranges_that_are_not(text: str, wrong: str) -> None:
    assert reported({"nonMasqueradeCIDRs": ["10.0.0.0/8", text]}) == f'the range "{text}" {wrong}'


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (None, ""),
        ({}, ""),
        ({"nonMasqueradeCIDRs": None}, ""),
        ({"nonMasqueradeCIDRs": []}, ""),
        ({"masqLinkLocal": True, "masqLinkLocalIPv6": False}, ""),
        ({"MASQLINKLOCAL": None, "masqlinklocalipv6": None}, ""),
        ({"resyncInterval": "60s", "anything": "else"}, ""),
        ({"masqLinkLocal": "yes"}, "masqLinkLocal is not true or false"),
        ({"masqlinklocal": 1}, "masqlinklocal is not true or false"),
        ({"masqLinkLocalIPv6": "no"}, "masqLinkLocalIPv6 is not true or false"),
        ({"masqLinkLocal": 0, "masqLinkLocalIPv6": 0}, "masqLinkLocal is not true or false"),
        ({"nonMasqueradeCIDRs": "10.0.0.0/8"}, "nonMasqueradeCIDRs is no list"),
        ({"nonMasqueradeCIDRs": {"10.0.0.0/8": None}}, "nonMasqueradeCIDRs is no list"),
        ({"nonMasqueradeCIDRs": [None]}, 'the range "" has no length'),
        ({"nonMasqueradeCIDRs": [10]}, "the range 10 is no text"),
        # Go's decoder takes the last of two spellings.
        ({"nonMasqueradeCIDRs": ["x"], "NONMASQUERADECIDRS": ["10.0.0.0/8"]}, ""),
        ({"nonMasqueradeCIDRs": ["10.0.0.0/8"], "nonmasqueradecidrs": ["x"]}, 'the range "x" has no length'),
        ({"nonMasqueradeCIDR": ["x"]}, ""),
        ([], "it is no mapping"),
        ("10.0.0.0/8", "it is no mapping"),
    ],
)
def test_whole_files(content: t.Any, wrong: str) -> None:
    assert reported(content) == wrong


def test_a_file_that_cannot_be_read_says_why() -> None:
    assert problem(MasqueradeFile("ip-masq-agent", {"nonMasqueradeCIDRs": ["x"]}, "it is no YAML")) == "it is no YAML"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"nonMasqueradeCIDRs": ["10.0.0.0/8", "fd00::/8"]}, ("10.0.0.0/8", "fd00::/8")),
        ({"NonMasqueradeCidrs": [10]}, ("10",)),
        ({"nonMasqueradeCIDRs": ["a"], "nonmasqueradecidrs": ["b"]}, ("b",)),
        ({"nonMasqueradeCIDRs": "10.0.0.0/8"}, ()),
        ({"masqLinkLocal": True}, ()),
        (["10.0.0.0/8"], ()),
        (None, ()),
    ],
)
def test_the_ranges_that_are_not_masqueraded(content: t.Any, expected: tuple[str, ...]) -> None:
    assert ranges(MasqueradeFile("ip-masq-agent", content)) == expected
