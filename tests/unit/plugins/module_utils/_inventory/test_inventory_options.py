# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the inventory that choose clusters, and those that do not exist."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.options import check_known
from ansible_collections.aks.dataplane.plugins.module_utils._inventory.tags import has_tags, parse_tags
from hypothesis import given
from hypothesis import strategies as st

TAGS = {"Environment": "production", "cost-center": "42", "gpu": "true"}


NAME = "aks.dataplane.aks_clusters"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"environment": "production"}, True),
        ({"environment": "Production"}, False),
        ({"environment": ["staging", "production"]}, True),
        ({"environment": "production", "cost-center": 42, "gpu": True}, True),
        ({"environment": "production", "team": "red"}, False),
        ({"gpu": False}, False),
        ({"team": ""}, False),
    ],
)
def test_clusters_by_tag(wanted: dict[str, t.Any], expected: bool) -> None:
    assert has_tags(TAGS, parse_tags(wanted)) is expected


@given(st.dictionaries(st.text(min_size=1), st.text(), max_size=4))
def test_a_cluster_has_its_own_tags(tags: dict[str, str]) -> None:
    unique = {name: value for name, value in tags.items() if sum(other.casefold() == name.casefold() for other in tags) == 1}

    swapped = {name.swapcase(): [value] for name, value in unique.items() if name.swapcase().casefold() == name.casefold()}

    assert has_tags(unique, parse_tags(unique))
    assert has_tags(unique, parse_tags(swapped))


@pytest.mark.parametrize("value", [None, [], [None], {"a": "b"}, [["a"]]])
def test_what_is_no_value_of_a_tag_is_refused(value: t.Any) -> None:
    with pytest.raises(DataplaneError, match="no usable value for the tag stage") as caught:
        parse_tags({"stage": value})
    assert "environment: production" in caught.value.remedy


def test_an_option_that_does_not_exist_is_refused_with_the_one_that_is_meant() -> None:
    known = ["plugin", "resource_groups", "exclude_host_filters"]
    check_known(["plugin", "resource_groups"], known, NAME)

    with pytest.raises(DataplaneError, match="unknown option exclude_filters, resource_group") as caught:
        check_known(["plugin", "resource_group", "exclude_filters"], known, NAME)
    assert "For exclude_filters, exclude_host_filters may be meant. 'ansible-doc" in caught.value.remedy

    with pytest.raises(DataplaneError) as caught:
        check_known([7], known, NAME)
    assert caught.value.remedy.startswith("'ansible-doc")
