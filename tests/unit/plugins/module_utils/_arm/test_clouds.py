# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._arm.clouds import (
    KNOWN,
    METADATA_PATH,
    Cloud,
    check_cloud_name,
    cloud_from_metadata,
    find_cloud,
)
from ansible_collections.aks.dataplane.plugins.module_utils._common.errors import DataplaneError

OWN = "https://arm.example:8443"


def entry(**changes: t.Any) -> dict[str, t.Any]:
    return {
        "name": "Own",
        "resourceManager": OWN + "/",
        "authentication": {"loginEndpoint": "https://login.example/", "audiences": ["https://other.example/", OWN]},
        **changes,
    }


@pytest.mark.parametrize("name", ["AzureCloud", "AzureChinaCloud", "AzureUSGovernment", "azurecloud"])
def test_known_clouds_ask_nobody(name: str) -> None:
    def fetch(url: str) -> t.Any:
        raise RuntimeError(url)

    cloud = find_cloud(name, fetch)
    assert cloud == KNOWN[name.lower()]
    assert cloud.well_known


def test_known_clouds_are_those_of_the_sdk() -> None:
    from azure.core import AzureClouds
    from azure.identity import AzureAuthorityHosts
    from azure.mgmt.core.tools import get_arm_endpoints

    table = {
        "azurecloud": (AzureClouds.AZURE_PUBLIC_CLOUD, AzureAuthorityHosts.AZURE_PUBLIC_CLOUD),
        "azurechinacloud": (AzureClouds.AZURE_CHINA_CLOUD, AzureAuthorityHosts.AZURE_CHINA),
        "azureusgovernment": (AzureClouds.AZURE_US_GOVERNMENT, AzureAuthorityHosts.AZURE_GOVERNMENT),
    }
    for name, (setting, authority) in table.items():
        endpoints = get_arm_endpoints(setting)
        assert KNOWN[name].endpoint + "/" == endpoints["resource_manager"]
        assert [KNOWN[name].scope] == endpoints["credential_scopes"]
        assert KNOWN[name].authority == f"https://{authority}"


@pytest.mark.parametrize("metadata", [entry(), [entry()], [entry(resourceManager="https://elsewhere"), entry()]])
def test_metadata(metadata: t.Any) -> None:
    asked = []

    def fetch(url: str) -> t.Any:
        asked.append(url)
        return metadata

    assert find_cloud(OWN + "/", fetch) == Cloud(OWN, "https://login.example", OWN + "/.default", well_known=False)
    assert asked == [OWN + METADATA_PATH]


def test_first_audience_when_none_is_the_endpoint() -> None:
    metadata = entry(authentication={"loginEndpoint": "https://adfs.example/adfs", "audiences": ["https://management.example/id"]})
    cloud = cloud_from_metadata(OWN, metadata)
    assert (cloud.authority, cloud.scope) == ("https://adfs.example/adfs", "https://management.example/id/.default")


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        [],
        "text",
        [1],
        {},
        entry(authentication=None),
        entry(authentication=[]),
        entry(authentication={"loginEndpoint": "http://login.example", "audiences": [OWN]}),
        entry(authentication={"loginEndpoint": "https://login.example", "audiences": []}),
        entry(authentication={"loginEndpoint": "https://login.example", "audiences": [None]}),
        entry(authentication={"loginEndpoint": None, "audiences": [OWN]}),
    ],
)
def test_unusable_metadata(metadata: t.Any) -> None:
    with pytest.raises(DataplaneError) as caught:
        cloud_from_metadata(OWN, metadata)
    assert caught.value.code == "CloudMetadata"
    assert OWN + METADATA_PATH in caught.value.message
    assert "cloud_environment" in caught.value.remedy


@pytest.mark.parametrize(
    "name", ["AzureGermanCloud", "http://arm.example", "arm.example", "https://", "https://u:p@arm.example", "https://a/?x=1", ""]
)
def test_refused_names(name: str) -> None:
    with pytest.raises(DataplaneError, match="neither a known cloud"):
        check_cloud_name(name)
