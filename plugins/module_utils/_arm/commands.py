"""The run command of AKS: a command in a pod that AKS makes in the cluster, for clusters whose API server cannot be reached.

https://learn.microsoft.com/azure/aks/access-private-cluster describes it.
"""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._common.foreign_text import foreign
from .._common.json_parts import flag_at
from .client import Answer, ArmClient
from .clusters import Clusters, cluster_not_found
from .errors import ArmError
from .retry_after import retry_after_seconds

# AKS gives the pod up to 60 s to be scheduled.
COMMAND_SECONDS = 300.0
_PAUSE = 2.0
_LONGEST_PAUSE = 15.0


@dataclasses.dataclass(frozen=True)
class Printed:
    """What a command printed, both streams, and how it ended."""

    logs: str
    exit_code: int


class Commands:
    """The run command of one cluster. token: for its API server, where it signs in with Microsoft Entra. clock, sleep: seconds."""

    def __init__(
        self,
        client: ArmClient,
        clusters: Clusters,
        resource_group: str,
        name: str,
        token: t.Callable[[], str],
        sleep: t.Callable[[float], None] = time.sleep,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._clusters = client, clusters
        self._resource_group, self._name, self._token = resource_group, name, token
        self._sleep, self._clock = sleep, clock
        self._with_token: bool | None = None

    def run(self, command: str) -> Printed:
        """Run it, and wait for its end. ArmError, also where the cluster does not allow it or AKS could not run it."""
        if self._with_token is None:
            self._with_token = self._check()
        body = {"command": command, "context": "", **({"clusterToken": self._token()} if self._with_token else {})}
        answer = self._clusters.run_command(self._resource_group, self._name, body)
        until = self._clock() + COMMAND_SECONDS
        while answer.status == 202:
            url = answer.headers.get("location", "")
            if self._clock() > until:
                raise self._failed(f"did not end within {COMMAND_SECONDS:.0f} seconds")
            self._sleep(_pause(answer))
            following = self._client.get_url(url, "the result of the run command")
            answer = following if "location" in following.headers else dataclasses.replace(following, headers={"location": url})
        return self._printed(answer.body)

    def _check(self) -> bool:
        """Whether a token is needed; ArmError where no command may be run."""
        cluster = self._clusters.get(self._resource_group, self._name)
        if cluster is None:
            raise cluster_not_found(self._resource_group, self._name)
        if flag_at(cluster, "properties", "apiServerAccessProfile", "disableRunCommand"):
            raise ArmError(
                f"The run command of cluster {self._name} is disabled (disableRunCommand).",
                remedy=(
                    f"Enable it with 'az aks update --resource-group {self._resource_group} --name {self._name} --enable-run-command', or run where the API "
                    "server can be reached, without kubernetes_via (aks_dataplane_kubernetes_via)."
                ),
                code="RunCommandDisabled",
            )
        return bool(flag_at(cluster, "properties", "aadProfile", "managed"))

    def _printed(self, body: t.Any) -> Printed:
        properties = body.get("properties") if isinstance(body, dict) else None
        if not isinstance(properties, dict):
            raise self._failed("has no readable result")
        if properties.get("provisioningState") == "Failed":
            raise self._failed(f"failed: {foreign(properties.get('reason', 'no reason given'))}")
        logs, exit_code = properties.get("logs"), properties.get("exitCode")
        if not isinstance(logs, str) or not isinstance(exit_code, int):
            raise self._failed("has no readable result")
        return Printed(logs, exit_code)

    def _failed(self, what: str) -> ArmError:
        return ArmError(
            f"The run command of cluster {self._name} {what}.",
            remedy="Check that nodes are ready and have room for a pod with 200m CPU and 500 MiB of memory: AKS runs it in the namespace aks-command.",
            code="RunCommandFailed",
        )


def _pause(answer: Answer) -> float:
    seconds = retry_after_seconds(answer.headers)
    return _PAUSE if seconds is None else min(seconds, _LONGEST_PAUSE)
