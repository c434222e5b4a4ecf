# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody writes who needs the change alone: read a cluster, put it back with another mode of kube-proxy, and wait.

    python -m tests.benchmarks.sdk_script NAME RESOURCE_GROUP MODE [put]

Azure's own library does it all; the environment names cloud and identity as the collection reads them. Without C(put) it only reads.
"""

from __future__ import annotations

import os
import sys

from azure.identity import ClientSecretCredential
from azure.mgmt.containerservice import ContainerServiceClient

API_VERSION = "2026-01-02-preview"


def main(name: str, group: str, mode: str, put: str = "") -> None:
    arm = os.environ["AZURE_CLOUD_ENVIRONMENT"]
    credential = ClientSecretCredential(
        os.environ["AZURE_TENANT"],
        os.environ["AZURE_CLIENT_ID"],
        os.environ["AZURE_SECRET"],
        authority=arm,
        disable_instance_discovery=True,
        connection_verify=os.environ["REQUESTS_CA_BUNDLE"],
    )
    client = ContainerServiceClient(
        credential,
        os.environ["AZURE_SUBSCRIPTION_ID"],
        base_url=arm,
        credential_scopes=[f"{arm}/.default"],
        api_version=API_VERSION,
        polling_interval=0.05,
    )
    cluster = client.managed_clusters.get(group, name)
    if put:
        cluster["properties"]["networkProfile"]["kubeProxyConfig"] = {"enabled": True, "mode": mode}
        client.managed_clusters.begin_create_or_update(group, name, cluster).result()


if __name__ == "__main__":
    main(*sys.argv[1:])
