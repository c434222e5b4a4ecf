# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variable of a probe may have, and that no address with a secret is shown."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.target import Target
from ansible_collections.aks.dataplane.plugins.module_utils._interruption.targets import read_targets

TCP = {"name": "web", "tcp": "203.0.113.7:443"}
URL = {"name": "web", "url": "https://me:pass@shop.example:8443/a?token=x"}


@pytest.mark.parametrize(
    ("given", "target"),
    [
        (TCP, Target("web", "203.0.113.7", 443, "", False, "203.0.113.7:443")),
        ({**TCP, "tcp": "[2001:db8::7]:80"}, Target("web", "2001:db8::7", 80, "", False, "[2001:db8::7]:80")),
        (URL, Target("web", "shop.example", 8443, "/a?token=x", True, "https://[hidden]@shop.example:8443/a?[hidden]")),
        ({"name": "web", "url": "http://shop.example"}, Target("web", "shop.example", 80, "/", False, "http://shop.example")),
        (
            {**TCP, "interval": "0.2", "timeout": 1, "max_gap": 5, "from": "controller"},
            Target("web", "203.0.113.7", 443, "", False, "203.0.113.7:443", 0.2, 1.0, 5.0),
        ),
    ],
)
def test_a_target(given: dict[str, t.Any], target: Target) -> None:
    assert read_targets([given]) == (target,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("web", "aks_dataplane_probe must be a list."),
        (["web"], "The target 1 of aks_dataplane_probe must be a mapping."),
        ([{"tcp": "a:1"}], "The target 1 of aks_dataplane_probe has no name."),
        ([{**TCP, "max_gpa": 1}], "The target 1 of aks_dataplane_probe has the unknown key max_gpa. Did you mean max_gap?"),
        ([{"name": "web"}], "The target 1 of aks_dataplane_probe (web) has neither url nor tcp, but needs one of them."),
        ([{**TCP, **URL}], "The target 1 of aks_dataplane_probe (web) has both url and tcp, but needs one of them."),
        ([{**TCP, "tcp": "203.0.113.7"}], "The target 1 of aks_dataplane_probe (web) has a tcp that is not host:port, such as"),
        ([{**TCP, "tcp": "a:0"}], "The target 1 of aks_dataplane_probe (web) has a tcp that is not host:port, such as"),
        (
            [{**TCP, "interval": 0.01}],
            "The target 1 of aks_dataplane_probe (web) needs interval as a number of seconds from 0.05 to 0.2.",
        ),
        ([{**TCP, "timeout": True}], "The target 1 of aks_dataplane_probe (web) needs timeout as a number of seconds from 0.1 to 5."),
        (
            [{**TCP, "max_gap": "soon"}],
            "The target 1 of aks_dataplane_probe (web) needs max_gap as a number of seconds from 0.05 to 600.",
        ),
        (
            [{**URL, "url": "http://h/?a=b", "from": "cluster"}],
            "The target 1 of aks_dataplane_probe (web) has from: cluster and a url with a query",
        ),
        ([{**TCP, "tcp": "node:80"}], "The target 1 of aks_dataplane_probe (web) has the host node, which needs from: cluster."),
        ([{**TCP, "from": "moon"}], "The target 1 of aks_dataplane_probe (web) has a from that is neither controller nor cluster."),
        (
            [{**URL, "url": "ftp://me:pass@h/"}],
            "The target 1 of aks_dataplane_probe (web) has a url that does not begin with http:// or https://",
        ),
        ([{**URL, "url": "http://me:pass@h:port/"}], "The target 1 of aks_dataplane_probe (web) has a url that is none."),
        ([{**URL, "url": "http://h/\r\nX: pass"}], "The target 1 of aks_dataplane_probe (web) has a url with blanks"),
        ([TCP, TCP], "aks_dataplane_probe has several targets with the name web."),
        ([{**TCP, "name": str(number)} for number in range(11)], "aks_dataplane_probe has 11 targets, but may have 10 at most."),
    ],
)
def test_what_it_may_not_have(given: t.Any, sentence: str) -> None:
    with pytest.raises(DataplaneError) as caught:
        read_targets(given)
    assert caught.value.text.startswith(sentence)
    assert caught.value.code == "WrongProbe"
    assert "pass" not in caught.value.text
