"""How modules and inventories reach the API server of a cluster: the one place that joins what Azure gives to what Kubernetes is asked with."""

from __future__ import annotations

import typing as t

from .._aks.api_versions import DEFAULT_STABLE
from .._arm.client import ArmClient
from .._arm.clusters import Clusters
from .._kube import client as kube


def connect(params: t.Mapping[str, t.Any], azure: t.Callable[[], ArmClient]) -> kube.KubeClient:
    """A client for the options of C(argspec.CLUSTER) and C(argspec.KUBERNETES); nothing is asked of the API server yet. KubeError, ArmError.

    azure: signs in to Azure once, however often it is called; it is not called where everything is given.
    """

    def kubeconfig(admin: bool) -> str:
        return Clusters(azure(), DEFAULT_STABLE).user_kubeconfig(params["resource_group"], params["name"], admin)

    def token(scope: str, refused: str) -> tuple[str, float]:
        return azure().token(scope, refused)

    return kube.connect(params, kubeconfig, azure_token=token)
