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
      - Path of a kubeconfig file, on the machine that runs the module.
      - The environment variable E(K8S_AUTH_KUBECONFIG) is used when this is not set.
      - When neither is set, the user credentials of the cluster are fetched from Azure.
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
