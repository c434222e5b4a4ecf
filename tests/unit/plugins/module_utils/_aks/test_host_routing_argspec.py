# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing.configuration import HostRoutingDeclaration
from ansible_collections.aks.dataplane.plugins.module_utils._aks.host_routing.options import HOST_ROUTING_STATE, declaration_from_params

from tests.support.arguments import accepted, refusals


@pytest.mark.parametrize("enable_acns", [True, False])
@pytest.mark.parametrize(("state", "enabled"), [("enabled", True), ("disabled", False)])
def test_what_options_declare(state: str, enabled: bool, enable_acns: bool) -> None:
    assert declaration_from_params({"state": state, "enable_acns": enable_acns}) == HostRoutingDeclaration(enabled, enable_acns)


def test_nodes_are_not_replaced_and_money_not_spent_by_default() -> None:
    assert HOST_ROUTING_STATE.options["state"]["required"] is True
    assert HOST_ROUTING_STATE.options["enable_acns"]["default"] is False


@pytest.mark.parametrize("state", ["disabled", "enabled"])
def test_the_options_as_ansible_takes_them(state: str) -> None:
    assert accepted(HOST_ROUTING_STATE, {"state": state}) == {"state": state, "enable_acns": False}
    assert accepted(HOST_ROUTING_STATE, {"state": state, "enable_acns": "yes"}) == {"state": state, "enable_acns": True}


def test_what_ansible_refuses() -> None:
    assert refusals(HOST_ROUTING_STATE, {"state": "present"}) == ["value of state must be one of: disabled, enabled, got: present"]
    assert refusals(HOST_ROUTING_STATE, {}) == ["missing required arguments: state"]
