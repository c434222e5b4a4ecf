# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that talks to Azure; the specification is in module_utils/_arm/argspec.py."""

    DOCUMENTATION = r"""
options:
  auth_source:
    description:
      - Where the credentials come from.
      - V(auto) takes the first complete source of these, the options of the module, the environment variables, the profile file, the Azure CLI.
      - With V(auto), a profile that O(profile) names comes before the environment variables, and options that name a principal are never
        passed over for something found elsewhere. When they are incomplete, the module fails.
      - V(msi) is the managed identity of the machine that runs the module.
    type: str
    choices: [auto, cli, credential_file, env, msi, options]
    default: auto
  profile:
    description:
      - Section of the file C(~/.azure/credentials) to read when O(auth_source) is V(auto) or V(credential_file).
      - The environment variable E(AZURE_PROFILE) is used when this is not set.
    type: str
  subscription_id:
    description:
      - Id of the Azure subscription.
      - The environment variable E(AZURE_SUBSCRIPTION_ID) is used when this is not set.
    type: str
    aliases: [subscription]
  tenant:
    description:
      - Id or name of the Microsoft Entra tenant.
      - The environment variables E(AZURE_TENANT) and E(AZURE_TENANT_ID) are used when this is not set.
    type: str
    aliases: [tenant_id]
  client_id:
    description:
      - Application (client) id of the service principal, or of a user-assigned managed identity.
      - The environment variable E(AZURE_CLIENT_ID) is used when this is not set.
    type: str
  secret:
    description:
      - Client secret of the service principal.
      - The environment variables E(AZURE_SECRET) and E(AZURE_CLIENT_SECRET) are used when this is not set.
    type: str
    aliases: [client_secret]
  x509_certificate_path:
    description:
      - File with the certificate and the private key of the service principal, PEM or PKCS12.
      - The environment variables E(AZURE_X509_CERTIFICATE_PATH) and E(AZURE_CLIENT_CERTIFICATE_PATH) are used when this is not set.
    type: path
  oidc_token:
    description:
      - Federated token (JWT) that is exchanged for a token of the service principal.
      - The environment variable E(AZURE_FEDERATED_TOKEN) is used when this is not set.
    type: str
  oidc_token_file_path:
    description:
      - File with the federated token, as workload identity mounts it.
      - The environment variable E(AZURE_FEDERATED_TOKEN_FILE) is used when this is not set.
    type: path
  cloud_environment:
    description:
      - Name of the Azure cloud, V(AzureCloud), V(AzureChinaCloud) or V(AzureUSGovernment), or the URL of its resource manager, whose metadata
        endpoint then provides the rest.
      - The environment variable E(AZURE_CLOUD_ENVIRONMENT) is used when this is not set, and V(AzureCloud) when that is not set either.
    type: str
requirements:
  - python >= 3.10
  - azure-mgmt-containerservice >= 32.1.0
  - azure-identity >= 1.20.0
  - azure-mgmt-core >= 1.5.0
"""
