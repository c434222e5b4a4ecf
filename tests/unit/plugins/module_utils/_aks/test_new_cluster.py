# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._aks.new_cluster import check_new_cluster
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError


def test_a_body_with_location_and_properties_passes() -> None:
    check_new_cluster({"location": "westeurope", "properties": {"dnsPrefix": "a"}})


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({}, "location"),
        ({"location": "", "properties": {"dnsPrefix": "a"}}, "location"),
        ({"location": "westeurope"}, "properties"),
        ({"location": "westeurope", "properties": []}, "properties"),
        ({"location": "westeurope", "dnsPrefix": "a", "networkProfile": {}}, "properties"),
    ],
    ids=str,
)
def test_other_bodies_are_refused(body: dict[str, t.Any], key: str) -> None:
    with pytest.raises(DataplaneError, match=f"managed_cluster has no {key}"):
        check_new_cluster(body)
