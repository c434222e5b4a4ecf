# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that talks to Kubernetes; the specification is in module_utils/_kube/argspec.py.

    SERVER: for those that ask one API server. HOME: for those that do not read the cluster from Azure. VIA: for those that only read, and can have AKS do it.
    """

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig file, on the machine that runs the module. Several paths, joined by colons, are merged as C(kubectl) merges those of
        E(KUBECONFIG).
      - A relative path begins at the directory in which Ansible was started. A file that is only in the folder of the playbook is found there.
      - The environment variable E(K8S_AUTH_KUBECONFIG) is used when this is not set.
      - When neither is set and O(context) names a context of the files in E(KUBECONFIG), or without that of C(~/.kube/config), these are used.
        Without O(context) they are not used, because their current context may be that of another cluster. A context that E(K8S_AUTH_CONTEXT) names
        is used only if its name, or the name of its cluster in the kubeconfig, is that of the AKS cluster.
      - Otherwise the module fetches the user credentials of the cluster from Azure. To clusters with Microsoft Entra the module signs
        in with the credential for Azure; C(kubelogin) is not needed, and runs only where E(AAD_LOGIN_METHOD) is set.
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
  proxy:
    description:
      - URL of the proxy for the API server. It begins with C(http://), C(https://) or C(socks5://). SOCKS proxies need the Python package C(PySocks).
      - The environment variable E(K8S_AUTH_PROXY) is used when this is not set, then C(proxy-url) of the kubeconfig, then E(HTTPS_PROXY) and E(NO_PROXY).
    type: str
  impersonate_user:
    description:
      - User to act as. Everything is then allowed that this user may do, and nothing else.
      - The environment variable E(K8S_AUTH_IMPERSONATE_USER) is used when this is not set, then C(as) of the kubeconfig.
    type: str
  impersonate_groups:
    description:
      - Groups to act as a member of, together with O(impersonate_user).
      - The environment variable E(K8S_AUTH_IMPERSONATE_GROUPS) is used when this is not set, separated by commas, then C(as-groups) of the kubeconfig.
    type: list
    elements: str
requirements:
  - python >= 3.10
  - kubernetes >= 28.1.0
"""

    SERVER = r"""
options:
  host:
    description:
      - URL of the API server, such as V(https://aks-prod-12345678.hcp.westeurope.azmk8s.io:443).
      - With O(api_key) no kubeconfig is read, and none is fetched, whatever O(kubeconfig) and O(context) say. Otherwise it takes the place of the server in the
        kubeconfig.
      - The environment variable E(K8S_AUTH_HOST) is used when this is not set. It is one cluster's; a play for several clusters needs this option for each.
      - What counts, in this order, is the option, the environment variable, the kubeconfig that is given, and the kubeconfig that is fetched from AKS.
        This holds for every option of the connection.
    type: str
  api_key:
    description:
      - Bearer token to sign in with, in place of what the kubeconfig signs in with.
      - The environment variable E(K8S_AUTH_API_KEY) is used when this is not set. AWX's credential type "OpenShift or Kubernetes API Bearer Token" sets
        it together with those of O(host), O(ca_cert) and O(validate_certs).
    type: str
  ca_cert:
    description:
      - Path of a file with the certificate authority of the API server, on the machine that runs the module.
      - The environment variable E(K8S_AUTH_SSL_CA_CERT) is used when this is not set, then that of the kubeconfig, then those of the system.
    type: path
    aliases: [ssl_ca_cert]
  validate_certs:
    description:
      - Whether to verify the certificate of the API server. V(false) gives a warning, because another server can then receive the
        credentials and answer instead.
      - The environment variable E(K8S_AUTH_VERIFY_SSL) is used when this is not set, then C(insecure-skip-tls-verify) of the kubeconfig.
      - AWX's credential type sets the variable to V(false) where its field for the certificate authority is empty.
    type: bool
    aliases: [verify_ssl]
"""

    HOME = r"""
options:
  node_resource_group_id:
    description:
      - Resource id of the cluster's node resource group, in which AKS makes its nodes. M(aks.dataplane.aks_network_info) returns it.
      - With it the module fails with the code C(OtherCluster) where the nodes that the API server lists are those of another cluster, for example because
        E(K8S_AUTH_HOST) holds for all clusters of a play.
      - The roles set it.
    type: str
"""

    VIA = r"""
options:
  kubernetes_via:
    description:
      - How to reach the API server. V(direct) is a connection from the machine that runs the module.
      - V(command) is AKS's run command, for private clusters that this machine cannot reach. AKS creates a pod in the namespace C(aks-command), which runs
        C(kubectl); one command brings all answers of a look. Other options of the connection do not matter then, except for impersonation.
      - It needs the permissions in C(docs/rights/azure/command.json). On clusters with Microsoft Entra the command has the Kubernetes permissions of whoever
        runs the module, on others it is the admin of the cluster.
      - The output of the run command is limited to 512 kB. It is compressed. The guide about private clusters says for how many nodes that is enough.
    type: str
    choices: [direct, command]
    default: direct
  command_in_check_mode:
    description: Whether O(kubernetes_via=command) may create its pod in check mode, too.
    type: bool
    default: false
"""
