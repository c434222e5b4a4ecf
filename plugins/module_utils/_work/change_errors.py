"""Why a change of a cluster ends without success: each end as one error that says what Azure has by now and what to do next."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.body import paths_of, refused_field
from .._arm.answers import bad_answer
from .._arm.errors import ArmError, NotLabelledYet, OperationInProgress
from .._common.errors import DataplaneError
from .._common.result import Change


@dataclasses.dataclass(frozen=True)
class ChangeErrors:
    """The errors about one cluster; each method returns one, and raises nothing."""

    resource_group: str
    name: str

    @property
    def cluster(self) -> str:
        """The cluster in the middle of a sentence."""
        return f"cluster {self.name} in resource group {self.resource_group}"

    def deleting(self) -> DataplaneError:
        return DataplaneError(
            f"The {self.cluster} is being deleted.", remedy="Check the option name and the option resource_group.", code="ClusterDeleting"
        )

    def gone(self) -> DataplaneError:
        return DataplaneError(f"The {self.cluster} is gone, it was deleted while it was being changed.", code="ClusterGone")

    def stopped(self) -> DataplaneError:
        return DataplaneError(
            f"The {self.cluster} is stopped, and AKS changes running clusters only. Nothing was changed.",
            remedy=f"Start it with az aks start --resource-group {self.resource_group} --name {self.name}, and run again.",
            code="ClusterStopped",
        )

    def busy(self, state: str) -> DataplaneError:
        """state: the provisioning state of the cluster, or of its pool, that another operation works on."""
        return DataplaneError(
            f"Another operation ({state}) is in progress on {self.cluster}, and nothing was changed.",
            remedy="Use wait=true to wait for its end, or run again later.",
            code="OperationNotAllowed",
        )

    def busy_answer(self, exc: OperationInProgress) -> DataplaneError:
        """exc: the answer with which Azure refused the change for the same reason."""
        return DataplaneError(
            f"{exc.message} Nothing was changed.",
            remedy="Use wait=true to wait for its end, or run again later.",
            code=exc.code,
            details=exc.details,
        )

    def never_labelled(self, exc: NotLabelledYet, tries: int) -> DataplaneError:
        """exc: the last of the answers with which Azure asked to try again. tries: how many there were."""
        return DataplaneError(
            f"{exc.message} Nothing was changed, and AKS said so {tries} times." if tries > 1 else f"{exc.message} Nothing was changed.",
            remedy=exc.remedy,
            code=exc.code,
            details=exc.details,
        )

    def always_refused(self, refusals: int) -> DataplaneError:
        return DataplaneError(
            f"The change of {self.cluster} was refused {refusals} times, since someone else keeps changing the cluster.",
            remedy="Find the client in the activity log (az monitor activity-log list), and run again when it has ended.",
            code="EtagMismatch",
        )

    def changed_back(self, changes: t.Iterable[Change], puts: int) -> DataplaneError:
        """changes: what still differs. puts: how often AKS accepted the change."""
        paths = ", ".join(change.path for change in changes)
        return DataplaneError(
            f"AKS accepted the change of {self.cluster} {puts} times, but each time it was not there afterwards ({paths}).",
            remedy="Find the client that reverts it in the activity log (az monitor activity-log list) before the next run.",
            code="ChangedBack",
        )

    def no_etag(self, api_version: str) -> ArmError:
        """api_version: the one that the cluster was read with, which shows an eTag."""
        return bad_answer(
            f"GET of {self.cluster}",
            f"a cluster without eTag, which api_version {api_version} always shows; without it a change could overwrite that of somebody else, so "
            "nothing was changed",
        )

    def may_have_arrived(self, exc: ArmError) -> str:
        """A note. exc: the answer to a change that leaves open whether it was carried out, or that there was none."""
        why = f"an HTTP status {exc.status}" if exc.status is not None else f"no usable answer ({exc.code})"
        return f"A change of the cluster got {why}: it may have arrived, which only reading the cluster shows."

    def remedy_when_unsure(self, remedy: str) -> str:
        """The remedy of a failure after such an answer; said once, however often it is asked for."""
        text = "The change may have arrived: run again with the same options, which reads what the cluster has and goes on from there."
        return remedy if text in remedy else f"{remedy} {text}".strip()

    def unreadable_field(self, exc: ArmError, body: t.Mapping[str, t.Any]) -> DataplaneError:
        """exc: the refusal of a body that AKS cannot read. body: what was sent."""
        field = refused_field(exc.message)
        if not field:
            return exc
        paths = paths_of(body, field)
        where = f" at {' and '.join(paths)}" if paths else ""
        return DataplaneError(
            f"AKS does not take the field {field}{where}, and refused the change of {self.cluster}. Nothing was changed. {exc.message}",
            remedy=(
                "The field is in the cluster as Azure shows it, or in managed_cluster. Set the option api_version to a version that accepts the field (AKS can "
                "refuse one even where a version has it), or "
                f"have it removed: from managed_cluster, or from the cluster with the Azure CLI or the portal; az aks show --resource-group "
                f"{self.resource_group} --name {self.name} shows it. When the versions that take the field do not take this change, report it to "
                "the authors of this collection."
            ),
            code=exc.code,
            details={**exc.details, "target": ", ".join(paths) or field},
        )

    def failed_state(self, state: str, reason: str) -> DataplaneError:
        """state: the cluster's after the update. reason: AKS's own words for it, empty when it gives none."""
        return self._failed(f"The {self.cluster} is in provisioning state {state} after the update{': ' + reason if reason else '.'}", None)

    def failed_operation(self, error: ArmError) -> DataplaneError:
        """error: why the operation failed, as Azure reports it."""
        return self._failed(error.message, error)

    def _failed(self, message: str, error: ArmError | None) -> DataplaneError:
        reconcile = f"az aks update --resource-group {self.resource_group} --name {self.name}"
        remedy = (
            "AKS may have stored the new configuration without applying it: remove the cause, then roll back to the previous configuration, "
            f"or have AKS carry it out with {reconcile}."
        )
        return DataplaneError(
            message,
            remedy=f"{error.remedy if error else ''} {remedy}".strip(),
            code=error.code if error else "OperationFailed",
            details=error.details if error else {},
        )
