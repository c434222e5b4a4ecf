# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that talks to Kubernetes; the specification is in module_utils/_kube/argspec.py."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, on the machine that runs the module. Several paths, joined by colons, are merged as C(kubectl) merges those of
        E(KUBECONFIG).
      - A relative path begins at the directory in which Ansible was started. A file that is only in the folder of the playbook is found there.
      - The environment variable E(K8S_AUTH_KUBECONFIG) is used when this is not set.
      - When neither is set and O(context) names a context of the files in E(KUBECONFIG), or without that of C(~/.kube/config), these are used.
        Without O(context) they are not used, because their current context may be that of another cluster. A context that E(K8S_AUTH_CONTEXT) names must be
        called like the cluster, or lead to a cluster that is.
      - Otherwise the module fetches the user credentials of the cluster from Azure. To clusters with Microsoft Entra the module signs
        in with the credential for Azure; C(kubelogin) is not needed, and runs only where E(AAD_LOGIN_METHOD) is set.
      - The proxy is C(proxy-url) of the kubeconfig, else that of E(HTTPS_PROXY) and E(NO_PROXY). SOCKS proxies need the Python package C(PySocks).
      - Impersonation (C(as), C(as-uid), C(as-groups), C(as-user-extra)) is honoured. An C(auth-provider) other than C(oidc) is refused.
      - A server that is named by C(http) or with C(insecure-skip-tls-verify) gives a warning.
    type: path
  context:
    description:
      - Context of the kubeconfig to use instead of its current one.
      - The environment variable E(K8S_AUTH_CONTEXT) is used when this is not set.
    type: str
  admin_credentials:
    description: Fetch the cluster's admin credentials from Azure instead of its user credentials.
    type: bool
    default: false
requirements:
  - python >= 3.10
  - kubernetes >= 28.1.0
"""
