"""Change one leaf of a cluster and see it through: read, compare, send, wait, read again.

The final read decides. Whoever else works on the cluster is waited for, and what they did is compared again before anything is sent.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks import provisioning
from .._aks.body import put_body
from .._aks.comparison import Comparison
from .._common.errors import DataplaneError
from .._common.stepping import State, Step
from .clusters import Accepted, Clusters, cluster_not_found
from .errors import ArmError, OperationInProgress, StaleEtag
from .leaf_work import Work
from .operations import MAX_FAILURES, UNKNOWN, Operation, is_transient

Raw = dict[str, t.Any]

# Accepted changes after which the leaf may still be another one, before the fight with whoever changes it back is given up.
MAX_PUTS = 3
# Changes that were refused because the cluster had changed since it was read, or that got no answer: so many within one step, and in all.
TRIES_PER_STEP = 3
MAX_REFUSALS = 12

# Ends of an operation that another one has taken over; what came out is only to be seen in the cluster.
_TAKEN_OVER = frozenset({"NotLatestOperation", "OriginalEtagNotExpect"})


class LeafChange:
    """One change of one cluster, as C(advance) for the steps of C(stepping).

    compare: the leaf in a cluster's body against the wanted one; raises when the wanted one cannot be.
    create_body: the body of the cluster to make when there is none; without it a missing cluster is an error.
    wait: whether there will be further steps; without them whatever needs patience is an error, and nothing was changed.
    resume: an operation to wait for first.
    """

    def __init__(
        self,
        clusters: Clusters,
        resource_group: str,
        name: str,
        compare: t.Callable[[Raw], Comparison],
        *,
        create_body: Raw | None = None,
        check_mode: bool = False,
        wait: bool = True,
        resume: Operation | None = None,
    ) -> None:
        self._clusters = clusters
        self._resource_group = resource_group
        self._name = name
        self._compare = compare
        self._create_body = create_body
        self._check_mode = check_mode
        self._wait = wait and not check_mode
        self._resume = resume
        self._what = f"cluster {name} in resource group {resource_group}"
        self._work = Work()

    def advance(self, state: State) -> Step:
        """One look, and whatever can be done after it without waiting."""
        self._work = Work.from_state(state)
        try:
            step = None if self._check_mode else self._look_at_operation()
            return step or self._read_and_change(first=not state)
        except DataplaneError as exc:
            if self._work.sent:
                exc.result = {**self._result(changed=True), **exc.result}
            raise

    # Waiting for an operation of ours.

    def _look_at_operation(self) -> Step | None:
        """A step while the operation runs; none when there is none, or when it has ended."""
        operation = self._running()
        if operation is None:
            return None
        resumed = operation is self._resume
        status = self._clusters.look(operation, self._work.failures)
        url = {} if resumed or status.done else {"url": operation.url}
        self._update(failures=status.failures, operation={"id": operation.id, **url, "status": status.status, "done": status.done})
        if not status.done:
            return self._pending(status.status, retry_after=status.retry_after)
        self._update(resumed=self._work.resumed or resumed)
        if status.error is not None and status.error.code not in _TAKEN_OVER:
            raise self._failed(status.error.message, status.error)
        return None

    def _running(self) -> Operation | None:
        ours = self._work.operation or {}
        if ours.get("url"):
            return Operation(url=ours["url"], id=ours["id"])
        return None if self._work.resumed else self._resume

    # Reading the cluster, and changing it.

    def _read_and_change(self, first: bool) -> Step:
        for _try in range(TRIES_PER_STEP):
            try:
                raw = self._clusters.get(self._resource_group, self._name)
            except ArmError as exc:
                if first:
                    raise
                return self._unanswered(exc)
            self._update(failures=0)
            step = self._create() if raw is None else self._change(raw)
            if step is not None:
                return step
        if not self._wait or self._work.refusals >= MAX_REFUSALS:
            raise DataplaneError(
                f"The change of {self._what} was refused {self._work.refusals} times, since someone else keeps changing the cluster.",
                remedy="Find out who does, for example in the activity log, and run again when that has ended.",
                code="EtagMismatch",
            )
        return self._pending("Conflict")

    def _unanswered(self, exc: ArmError) -> Step:
        """Go on after a read or a change without an answer, for a while."""
        failures = self._work.failures + 1
        if not self._wait or not is_transient(exc) or failures > MAX_FAILURES:
            raise exc
        self._update(failures=failures)
        return self._pending(UNKNOWN, retry_after=exc.retry_after)

    def _change(self, raw: Raw) -> Step | None:
        """The step for a cluster that is there; none when it has to be read again."""
        self._work = self._work.seeing(raw)
        if provisioning.is_deleting(raw):
            raise DataplaneError(f"The {self._what} is being deleted.", remedy="Check name and resource_group.", code="ClusterDeleting")
        if self._create_body is not None and not self._work.created:
            self._work = self._work.noting("managed_cluster was ignored, because the cluster exists.")
        comparison = self._compare(raw)
        busy = provisioning.busy_with(raw)
        if busy and not self._check_mode:
            return self._attach(busy, comparison)
        if provisioning.has_failed(raw):
            self._see_failed(raw, arrived=self._work.puts > 0 or (self._work.unsure and not comparison.changes))
        if not comparison.changes:
            return self._done(raw, comparison)
        self._refuse_stopped(raw)
        if self._check_mode:
            return self._planned(comparison, created=False)
        return self._send(put_body(raw, comparison.leaf, comparison.value), raw.get("eTag"), comparison, created=False)

    def _create(self) -> Step | None:
        """The step for a cluster that is not there; none when it has to be read again."""
        if self._work.puts > 0:
            raise DataplaneError(f"The {self._what} is gone, it was deleted while it was being changed.", code="ClusterGone")
        if self._create_body is None:
            raise cluster_not_found(self._resource_group, self._name)
        self._work = self._work.creating(self._resource_group, self._name, self._create_body.get("location"))
        comparison = self._compare(self._create_body)
        if self._check_mode:
            return self._planned(comparison, created=True)
        return self._send(put_body(self._create_body, comparison.leaf, comparison.value), None, comparison, created=True)

    def _send(self, body: Raw, etag: str | None, comparison: Comparison, *, created: bool) -> Step | None:
        """Send the body; none when the cluster has changed since it was read."""
        if self._work.puts >= MAX_PUTS:
            raise self._changed_back(comparison)
        planned = self._work.planning(comparison, created)
        try:
            accepted = self._clusters.put(self._resource_group, self._name, body, etag)
        except StaleEtag:
            self._update(refusals=self._work.refusals + 1)
            return None
        except OperationInProgress as exc:
            return self._attach_refused(exc, planned)
        except ArmError as exc:
            if is_transient(exc) and exc.status != 429:
                self._work = dataclasses.replace(planned, unsure=True)
            self._update(refusals=self._work.refusals + 1)
            if self._work.refusals >= MAX_REFUSALS:
                raise
            return self._unanswered(exc)
        self._work = planned
        return self._accepted(accepted)

    def _accepted(self, accepted: Accepted) -> Step:
        status = provisioning.provisioning_state(accepted.body)
        if accepted.body.get("id"):
            self._work = self._work.seeing(accepted.body)
        named = {"id": None} if accepted.operation is None else dataclasses.asdict(accepted.operation)
        self._update(puts=self._work.puts + 1, operation={**named, "status": status, "done": False})
        return self._pending(status)

    # Other people's operations.

    def _attach(self, busy: str, comparison: Comparison) -> Step:
        """Wait for whatever works on the cluster; what it leaves is compared again."""
        if self._wait:
            ours = (self._work.operation or {}).get("id") if self._work.sent else None
            self._update(operation={"id": ours, "status": busy, "done": False})
            return self._pending(busy, planned=self._work.planning(comparison, created=False))
        if comparison.changes:
            raise DataplaneError(
                f"Another operation ({busy}) is in progress on {self._what}, and nothing was changed.",
                remedy="Use wait=true to wait for its end and make the change then, or run again later.",
                code="OperationNotAllowed",
            )
        self._update(operation={"id": None, "status": busy, "done": False})
        self._work = self._work.planning(comparison, created=False).noting(f"The cluster is still {busy}.")
        return Step(done=False, phase=busy, result=self._result(changed=False), state=self._work.to_state())

    def _attach_refused(self, exc: OperationInProgress, planned: Work) -> Step:
        if not self._wait:
            raise DataplaneError(
                f"{exc.message} Nothing was changed.",
                remedy="Use wait=true to wait for its end and make the change then, or run again later.",
                code=exc.code,
                details=exc.details,
            ) from exc
        return self._pending("AnotherOperation", retry_after=exc.retry_after, planned=planned)

    # Endings.

    def _done(self, raw: Raw, comparison: Comparison) -> Step:
        state = provisioning.provisioning_state(raw)
        if self._work.operation is not None:
            self._update(operation={"id": self._work.operation["id"], "status": state, "done": True})
        changed = self._work.puts > 0 or (self._work.unsure and self._work.before != comparison.before)
        if not changed:
            self._update(before=comparison.before, after=comparison.after, plan=())
        return Step(done=True, phase=state, result=self._result(changed))

    def _planned(self, comparison: Comparison, *, created: bool) -> Step:
        self._work = self._work.planning(comparison, created)
        return Step(done=True, phase="Planned", result=self._result(changed=True))

    def _pending(self, phase: str, *, retry_after: float | None = None, planned: Work | None = None) -> Step:
        """planned: the work with what is going to change, for the result of a wait that ends before anything was sent."""
        sent = self._work.sent
        result = self._result(sent, self._work if sent else planned)
        if sent or (self._work.operation or {}).get("id"):
            what, so_far = f"The update of {self._what} had not ended", "AKS goes on with it."
        else:
            what, so_far = f"Another operation on {self._what} had not ended", "Nothing was changed."
        return Step(
            done=False,
            phase=phase,
            result=result,
            state=self._work.to_state(),
            retry_after=retry_after,
            timeout_message=what,
            timeout_remedy=f"{so_far} Run again with the same options, which waits for the rest, or with a longer wait_timeout.",
        )

    def _see_failed(self, raw: Raw, arrived: bool) -> None:
        """A cluster that failed before our change arrived is repaired by it; one that failed with our change is a failure."""
        state = provisioning.provisioning_state(raw)
        if not arrived:
            self._work = self._work.noting(
                f"The last operation on the cluster ended as {state}; AKS may not have carried out what it stores."
            )
            return
        reason = provisioning.failure_message(raw)
        raise self._failed(f"The {self._what} is in provisioning state {state} after the update{': ' + reason if reason else '.'}", None)

    def _failed(self, message: str, error: ArmError | None) -> DataplaneError:
        reconcile = f"az aks update --resource-group {self._resource_group} --name {self._name}"
        remedy = (
            "AKS may have stored the new configuration without carrying it out: remove the cause, then go back to the old configuration, "
            f"or have AKS carry it out with {reconcile}."
        )
        return DataplaneError(
            message,
            remedy=f"{error.remedy if error else ''} {remedy}".strip(),
            code=error.code if error else "OperationFailed",
            details=error.details if error else {},
        )

    def _refuse_stopped(self, raw: Raw) -> None:
        if provisioning.is_stopped(raw):
            raise DataplaneError(
                f"The {self._what} is stopped, and AKS changes running clusters only. Nothing was changed.",
                remedy=f"Start it with az aks start --resource-group {self._resource_group} --name {self._name}, and run again.",
                code="ClusterStopped",
            )

    def _changed_back(self, comparison: Comparison) -> DataplaneError:
        paths = ", ".join(change.path for change in comparison.changes)
        return DataplaneError(
            f"AKS accepted the change of {self._what} {self._work.puts} times, but each time it was not there afterwards ({paths}).",
            remedy="Find out who changes it back, for example in the activity log, before the next run.",
            code="ChangedBack",
        )

    def _result(self, changed: bool, work: Work | None = None) -> dict[str, t.Any]:
        """The result of the work. Who waits needs no URL, and a failure would show it, signature and all, on every screen."""
        result = (work or self._work).result(f"{self._resource_group}/{self._name}", changed)
        if self._wait and result["operation"] is not None:
            result["operation"] = {key: value for key, value in result["operation"].items() if key != "url"}
        return result

    def _update(self, **fields: t.Any) -> None:
        self._work = dataclasses.replace(self._work, **fields)
