"""Change one part of a cluster (a leaf of its ARM body) and see it through: read, compare, send, wait, read again.

The final read decides. Whoever else works on the cluster is waited for, and what they did is compared again before anything is sent.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks import provisioning
from .._aks.api_versions import ETAG
from .._aks.body import put_body
from .._aks.comparison import Comparison, with_repair
from .._aks.secrets import secrets_of
from .._arm.client import ANY_ETAG
from .._arm.clusters import Accepted, Clusters, cluster_not_found
from .._arm.errors import ArmError, NotLabelledYet, OperationInProgress, StaleEtag
from .._arm.operations import UNKNOWN, Operation
from .._arm.transient import MAX_FAILURES, is_transient, may_have_arrived
from .._common.errors import DataplaneError
from .._common.masking import hide_in_error
from .._common.stepping import State, Step
from .change_errors import ChangeErrors
from .change_state import ChangeState

Raw = dict[str, t.Any]

# Accepted changes after which the leaf may still be another one, before the fight with whoever changes it back is given up.
MAX_PUTS = 3
# Changes that were refused because the cluster had changed since it was read, or that got no answer: so many within one step, and in all.
TRIES_PER_STEP = 3
MAX_REFUSALS = 12

# AKS's iptables monitor looks at each node every 5 minutes: so often a change is tried, with so many seconds between, while nodes have no label yet.
LABEL_TRIES = 21
LABEL_PAUSE = 30.0

# What AKS says to a body that it cannot read.
_UNREADABLE = "UnmarshalError"

# Ends of an operation that another one has taken over; what came out is only to be seen in the cluster.
_TAKEN_OVER = frozenset({"NotLatestOperation", "OriginalEtagNotExpect"})

# What Azure says to a question about an operation that has not the signature it wants.
_WANTS_SIGNATURE = frozenset({400, 401, 403})


class ClusterChange:
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
        self._errors = ChangeErrors(resource_group, name)
        self._state = ChangeState()
        # Azure quotes what it refuses.
        self._secrets: set[str] = set()
        self._see_secrets(create_body)

    def advance(self, state: State) -> Step:
        """One look, and whatever can be done after it without waiting.

        state: that of the last step, empty at the first one. DataplaneError, with the module's result so far once a change was sent, for every end
        without success; ArmError among them when Azure refuses.
        """
        self._state = ChangeState.from_state(state)
        try:
            step = None if self._check_mode else self._wait_for_operation()
            return step or self._read_and_change(first=not state)
        except DataplaneError as exc:
            hide_in_error(exc, self._secrets)
            if self._state.sent:
                exc.result = {**self._result(changed=True), **exc.result}
                if self._state.puts == 0:
                    exc.remedy = self._errors.remedy_when_unsure(exc.remedy)
            raise

    # Waiting for an operation of ours.

    def _wait_for_operation(self) -> Step | None:
        """A step while the operation runs; none when there is none, or when it has ended."""
        operation = self._running()
        if operation is None:
            return None
        resumed = operation is self._resume
        try:
            status = self._clusters.read_operation(operation, self._state.failures)
        except ArmError as exc:
            if not resumed or operation.is_signed or exc.status not in _WANTS_SIGNATURE:
                return self._unanswered(exc, self._is_passing(exc))
            # What the operation brings about shows in the cluster as well, which is looked at next.
            self._update(resumed=True, operation={"id": operation.id, "status": UNKNOWN, "done": False})
            return None
        url = {} if resumed or status.done else {"url": operation.url}
        self._update(failures=status.failures, operation={"id": operation.id, **url, "status": status.status, "done": status.done})
        if not status.done:
            return self._pending(status.status, retry_after=status.retry_after)
        self._update(resumed=self._state.resumed or resumed)
        if status.error is not None and status.error.code not in _TAKEN_OVER:
            raise self._errors.failed_operation(status.error)
        return None

    def _running(self) -> Operation | None:
        ours = self._state.operation
        if ours is not None and ours.get("url"):
            return Operation(url=ours["url"], id=ours["id"])
        return None if self._state.resumed else self._resume

    # Reading the cluster, and changing it.

    def _read_and_change(self, first: bool) -> Step:
        for _try in range(TRIES_PER_STEP):
            try:
                raw = self._clusters.get(self._resource_group, self._name)
            except ArmError as exc:
                if first:
                    raise
                return self._unanswered(exc, self._is_passing(exc))
            self._update(failures=0)
            step = self._create() if raw is None else self._change(raw)
            if step is not None:
                return step
        if not self._wait or self._state.refusals >= MAX_REFUSALS:
            raise self._errors.always_refused(self._state.refusals)
        return self._pending("Conflict")

    def _unanswered(self, exc: ArmError, passes: bool) -> Step:
        """Go on after a read or a change without an answer, for a while. passes: whether the next one may well be answered."""
        failures = self._state.failures + 1
        if not self._wait or not passes or failures > MAX_FAILURES:
            raise exc
        self._update(failures=failures)
        return self._pending(UNKNOWN, retry_after=exc.retry_after)

    def _is_passing(self, exc: ArmError) -> bool:
        """Whether a read may well be answered in a moment. Once Azure has taken a change, a refusal of the sign-in or of the right to look is that too:
        it says nothing of what became of the change, and both were there when it was sent.
        """
        return is_transient(exc) or (self._state.sent and exc.status in (401, 403))

    def _change(self, raw: Raw) -> Step | None:
        """The step for a cluster that is there; none when it has to be read again."""
        self._state = self._state.with_cluster(raw)
        self._see_secrets(raw)
        if provisioning.is_deleting(raw):
            raise self._errors.deleting()
        if self._create_body is not None and not self._state.created:
            self._state = self._state.with_note("managed_cluster was ignored, because the cluster exists.")
        comparison = self._compare(raw)
        busy = provisioning.busy_with(raw)
        if busy and not self._check_mode:
            return self._attach(busy, comparison)
        if provisioning.has_failed(raw):
            self._see_failed(raw, comparison)
            # AKS may have stored what is wanted without carrying it out.
            comparison = with_repair(comparison, provisioning.provisioning_state(raw))
        if not comparison.changes:
            return self._done(raw, comparison)
        if provisioning.is_stopped(raw):
            raise self._errors.stopped()
        if self._check_mode:
            return self._planned(comparison, created=False)
        return self._send(put_body(raw, comparison.leaf, comparison.value), self._etag(raw), comparison, created=False)

    def _etag(self, raw: Raw) -> str:
        """What guards the change of this cluster: nothing is sent that could overwrite what somebody else has done since it was read."""
        etag = raw.get("eTag")
        if etag:
            return str(etag)
        if ETAG.is_shown_by(self._clusters.api_version):
            raise self._errors.no_etag(self._clusters.api_version)
        return ANY_ETAG

    def _create(self) -> Step | None:
        """The step for a cluster that is not there; none when it has to be read again."""
        if self._state.puts > 0:
            raise self._errors.gone()
        if self._create_body is None:
            raise cluster_not_found(self._resource_group, self._name)
        self._state = self._state.with_new_cluster(self._resource_group, self._name, self._create_body.get("location"))
        comparison = self._compare(self._create_body)
        if self._check_mode:
            return self._planned(comparison, created=True)
        return self._send(put_body(self._create_body, comparison.leaf, comparison.value), None, comparison, created=True)

    def _send(self, body: Raw, etag: str | None, comparison: Comparison, *, created: bool) -> Step | None:
        """Send the body; none when the cluster has changed since it was read."""
        if self._state.puts >= MAX_PUTS:
            raise self._errors.changed_back(comparison.changes, self._state.puts)
        planned = self._state.with_plan(comparison, created)
        try:
            accepted = self._clusters.put(self._resource_group, self._name, body, etag)
        except StaleEtag:
            self._update(refusals=self._state.refusals + 1)
            return None
        except NotLabelledYet as exc:
            return self._try_after_labels(exc, planned)
        except OperationInProgress as exc:
            return self._attach_refused(exc, planned)
        except ArmError as exc:
            return self._not_accepted(exc, body, planned)
        self._state = planned
        return self._accepted(accepted)

    def _not_accepted(self, exc: ArmError, body: Raw, planned: ChangeState) -> Step:
        """The step after a change that was refused, or whose answer says nothing: then the next read shows whether it arrived."""
        if _UNREADABLE in (exc.code, exc.subcode):
            raise self._errors.unreadable_field(exc, body) from exc
        unsure = may_have_arrived(exc)
        if unsure:
            self._state = dataclasses.replace(planned, unsure=True).with_note(self._errors.may_have_arrived(exc))
        self._update(refusals=self._state.refusals + 1)
        if self._state.refusals >= MAX_REFUSALS:
            raise exc
        return self._unanswered(exc, is_transient(exc) or (unsure and exc.status is not None))

    def _accepted(self, accepted: Accepted) -> Step:
        status = provisioning.provisioning_state(accepted.body)
        self._state = self._state.with_cluster(accepted.body)
        named = {"id": None} if accepted.operation is None else dataclasses.asdict(accepted.operation)
        self._update(puts=self._state.puts + 1, operation={**named, "status": status, "done": False})
        return self._pending(status)

    # Other people's operations.

    def _attach(self, busy: str, comparison: Comparison) -> Step:
        """Wait for whatever works on the cluster; what it leaves is compared again."""
        if self._wait:
            begun = self._state.operation
            ours = self._operation_id() if self._state.sent or (begun is not None and not begun["done"]) else None
            self._update(operation={"id": ours, "status": busy, "done": False})
            return self._pending(busy, planned=self._state.with_plan(comparison, created=False))
        if comparison.changes:
            raise self._errors.busy(busy)
        self._update(operation={"id": None, "status": busy, "done": False})
        self._state = self._state.with_plan(comparison, created=False).with_note(f"The cluster is still {busy}.")
        return Step(done=False, phase=busy, result=self._result(changed=False), state=self._state.to_state())

    def _attach_refused(self, exc: OperationInProgress, planned: ChangeState) -> Step:
        if not self._wait:
            raise self._errors.busy_answer(exc) from exc
        return self._pending("AnotherOperation", retry_after=exc.retry_after, planned=planned)

    def _try_after_labels(self, exc: NotLabelledYet, planned: ChangeState) -> Step:
        """Nodes without a label count as nodes with rules; those that have joined lately get theirs within minutes."""
        self._update(unlabelled=self._state.unlabelled + 1)
        if not self._wait or self._state.unlabelled >= LABEL_TRIES:
            raise self._errors.never_labelled(exc, self._state.unlabelled) from exc
        what = f"AKS's iptables monitor had not labelled all nodes of {self._errors.cluster}"
        waiting = self._pending("WaitingForNodeLabels", retry_after=exc.retry_after or LABEL_PAUSE, planned=planned)
        return dataclasses.replace(waiting, timeout_message=what, timeout_remedy=f"Nothing was changed. {exc.remedy}")

    # Endings.

    def _done(self, raw: Raw, comparison: Comparison) -> Step:
        state = provisioning.provisioning_state(raw)
        if self._state.operation is not None:
            self._update(operation={"id": self._state.operation["id"], "status": state, "done": True})
        changed = self._state.puts > 0 or (self._state.unsure and (self._state.repairs or self._state.before != comparison.before))
        if not changed:
            self._update(before=comparison.before, after=comparison.after, plan=())
        return Step(done=True, phase=state, result=self._result(changed))

    def _planned(self, comparison: Comparison, *, created: bool) -> Step:
        self._state = self._state.with_plan(comparison, created)
        return Step(done=True, phase="Planned", result=self._result(changed=True))

    def _pending(self, phase: str, *, retry_after: float | None = None, planned: ChangeState | None = None) -> Step:
        """planned: the work with what is going to change, for the result of a wait that ends before anything was sent."""
        sent = self._state.sent
        result = self._result(sent, self._state if sent else planned)
        if sent or self._operation_id():
            what, so_far = f"The update of {self._errors.cluster} had not ended", "AKS goes on with it."
        else:
            what, so_far = f"Another operation on {self._errors.cluster} had not ended", "Nothing was changed."
        return Step(
            done=False,
            phase=phase,
            result=result,
            state=self._state.to_state(),
            retry_after=retry_after,
            timeout_message=what,
            timeout_remedy=f"{so_far} Run again with the same options to wait for the rest, or set the option wait_timeout to a longer time.",
        )

    def _see_failed(self, raw: Raw, comparison: Comparison) -> None:
        """A cluster that failed before our change arrived is repaired by it; one that failed with our change is a failure."""
        state = provisioning.provisioning_state(raw)
        # One whose answer was lost has arrived when the leaf is another one now.
        seen = self._state.unsure and not comparison.changes and self._state.before != comparison.before
        if self._state.puts > 0 or seen:
            raise self._errors.failed_state(state, provisioning.failure_message(raw))
        self._state = self._state.with_note(
            f"The last operation on the cluster ended as {state}; AKS may not have carried out what it stores."
        )

    def _result(self, changed: bool, work: ChangeState | None = None) -> dict[str, t.Any]:
        """The result of the work. Who waits needs no URL, and nobody's screen shows one with its signature."""
        result = (work or self._state).result(f"{self._resource_group}/{self._name}", changed)
        operation = result["operation"]
        if operation is not None and "url" in operation:
            url = {} if self._wait else {"url": Operation(operation["url"], operation["id"]).shown_url}
            result["operation"] = {**{key: value for key, value in operation.items() if key != "url"}, **url}
        return result

    def _see_secrets(self, body: Raw | None) -> None:
        self._secrets |= secrets_of(body, public=(self._resource_group, self._name))

    def _operation_id(self) -> t.Any:
        return None if self._state.operation is None else self._state.operation.get("id")

    def _update(self, **fields: t.Any) -> None:
        self._state = dataclasses.replace(self._state, **fields)
