# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs in a cluster besides kube-proxy: a Service with two servers, and on each node a client that asks it all the time."""

from __future__ import annotations

import typing as t

from . import images

NAMESPACE = "shop"
PORT = 8080
# Fixed, so that clients need no name server.
SERVICE_ADDRESS = "10.0.44.12"


def _labels(name: str) -> dict[str, str]:
    return {"app": name}


def _container(name: str, *command: str) -> dict[str, t.Any]:
    return {"name": name, "image": images.TRAFFIC, "imagePullPolicy": "Never", "command": list(command)}


def _template(name: str, *command: str) -> dict[str, t.Any]:
    # They have nothing to finish.
    spec = {"containers": [_container(name, *command)], "terminationGracePeriodSeconds": 0, "automountServiceAccountToken": False}
    return {"metadata": {"labels": _labels(name)}, "spec": spec}


def _metadata(name: str) -> dict[str, t.Any]:
    return {"name": name, "namespace": NAMESPACE}


_SERVERS = {
    "kind": "Deployment",
    "apiVersion": "apps/v1",
    "metadata": _metadata("web"),
    "spec": {"replicas": 2, "selector": {"matchLabels": _labels("web")}, "template": _template("web", "/server", f":{PORT}")},
}
_SERVICE = {
    "kind": "Service",
    "apiVersion": "v1",
    "metadata": _metadata("web"),
    "spec": {
        "type": "NodePort",
        "clusterIP": SERVICE_ADDRESS,
        "selector": _labels("web"),
        "ports": [{"port": 80, "targetPort": PORT, "nodePort": 31080}],
    },
}
_CLIENTS = {
    "kind": "DaemonSet",
    "apiVersion": "apps/v1",
    "metadata": _metadata("client"),
    "spec": {
        "selector": {"matchLabels": _labels("client")},
        "template": _template("client", "/client", f"http://{SERVICE_ADDRESS}/", f":{PORT}"),
    },
}
# AKS's kube-proxy goes to the API server as its node.
_NODES_ARE_PROXIES = {
    "kind": "ClusterRoleBinding",
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "metadata": {"name": "aks:node-proxier"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-proxier"},
    "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}],
}
_ACCOUNT = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": "kube-proxy", "namespace": "kube-system"}}
_NAMESPACE = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": NAMESPACE}}

# Path and object, in the order in which they can be made.
OBJECTS: tuple[tuple[str, dict[str, t.Any]], ...] = (
    ("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/aks:node-proxier", _NODES_ARE_PROXIES),
    ("/api/v1/namespaces/kube-system/serviceaccounts/kube-proxy", _ACCOUNT),
    (f"/api/v1/namespaces/{NAMESPACE}", _NAMESPACE),
    (f"/api/v1/namespaces/{NAMESPACE}/services/web", _SERVICE),
    (f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/web", _SERVERS),
    (f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets/client", _CLIENTS),
)
