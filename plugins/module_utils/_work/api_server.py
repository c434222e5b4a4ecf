"""How modules and inventories reach the API server of a cluster: the one place that joins what Azure gives to what Kubernetes is asked with."""

from __future__ import annotations

import typing as t

from .._aks.api_versions import DEFAULT_STABLE
from .._arm.client import ArmClient
from .._arm.clusters import Clusters
from .._arm.commands import Commands
from .._arm.errors import ArmError
from .._common.argspec import ArgumentSpec
from .._kube import client as kube
from .._kube.command_transport import CommandTransport, Foresight
from .._kube.entra import SCOPE
from .._kube.given import read_given

Params = t.Mapping[str, t.Any]
Azure = t.Callable[[], ArmClient]

DIRECT, COMMAND = "direct", "command"
# For modules that only read.
VIA = ArgumentSpec(
    options={
        "kubernetes_via": {"type": "str", "choices": [DIRECT, COMMAND], "default": DIRECT},
        "command_in_check_mode": {"type": "bool", "default": False},
    }
)
NO_CONSENT = (
    "AKS's run command was not used, because it creates a pod in the cluster and this is check mode. To allow it, set command_in_check_mode "
    "(aks_dataplane_command_in_check_mode) to true"
)


def connect(params: Params, azure: Azure) -> kube.KubeClient:
    """A client for the options of C(argspec.CLUSTER) and C(argspec.KUBERNETES); nothing is asked of the API server yet. KubeError, ArmError.

    azure: signs in to Azure once, however often it is called; it is not called where everything is given.
    """

    def kubeconfig(admin: bool) -> str:
        return Clusters(azure(), DEFAULT_STABLE).user_kubeconfig(params["resource_group"], params["name"], admin)

    def token(scope: str, refused: str) -> tuple[str, float]:
        return azure().token(scope, refused)

    return kube.connect(params, kubeconfig, azure_token=token)


def connect_to_read(params: Params, azure: Azure, foresight: Foresight, *, check_mode: bool) -> kube.KubeClient:
    """As C(connect), also for the options of C(VIA). foresight: what is going to be read, where one command is to bring it."""
    if params["kubernetes_via"] != COMMAND:
        return connect(params, azure)
    if lacks_consent(params, check_mode=check_mode):
        raise ArmError(f"{NO_CONSENT}.", code="NotInCheckMode")
    client, name = azure(), params["name"]
    commands = Commands(client, Clusters(client, DEFAULT_STABLE), params["resource_group"], name, lambda: client.token(SCOPE)[0])

    def run(command: str) -> str:
        # How each question ended is in what was printed.
        return commands.run(command).logs

    return kube.KubeClient(CommandTransport(f"of {name} (by AKS's run command)", run, foresight, read_given(params)))


def lacks_consent(params: Params, *, check_mode: bool) -> bool:
    """Whether nothing may be read, as that would create a pod in check mode."""
    return params["kubernetes_via"] == COMMAND and check_mode and not params["command_in_check_mode"]
