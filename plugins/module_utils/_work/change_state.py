"""What a change of a cluster has come to so far, kept from step to step."""

from __future__ import annotations

import dataclasses
import typing as t

from .._aks.comparison import REPAIRED, Comparison
from .._aks.view import cluster_summary
from .._common.result import Change, diff

State = t.Mapping[str, t.Any]

_CLUSTER_KEYS = (
    *("id", "name", "resource_group", "node_resource_group_id", "location"),
    *("provisioning_state", "power_state", "kubernetes_version"),
)


@dataclasses.dataclass(frozen=True)
class ChangeState:
    """Plain JSON types all the way down, since it travels as the state of the steps.

    before, after, plan: of the first change that was sent. created: that change made the cluster.
    puts: changes that Azure accepted. unsure: a change was sent that got no answer, or one that leaves open whether it arrived.
    refusals: changes that were refused or got no answer.
    unlabelled: how often Azure has asked to try again because of nodes that its iptables monitor has not labelled.
    failures: looks and reads in a row that got no answer.
    operation: C(id), C(status), C(done) and, while it runs, C(url); not that of a resumed one, since that is a secret option of the module.
    resumed: the operation that was to be resumed has ended.
    cluster: the cluster as last seen, in few words.
    """

    before: dict[str, t.Any] | None = None
    after: dict[str, t.Any] | None = None
    plan: tuple[dict[str, t.Any], ...] = ()
    created: bool = False
    puts: int = 0
    unsure: bool = False
    refusals: int = 0
    unlabelled: int = 0
    failures: int = 0
    operation: dict[str, t.Any] | None = None
    resumed: bool = False
    cluster: dict[str, t.Any] | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def from_state(cls, state: State) -> ChangeState:
        known = dict(state)
        for name in ("plan", "notes"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)

    def to_state(self) -> dict[str, t.Any]:
        return {**dataclasses.asdict(self), "plan": list(self.plan), "notes": list(self.notes)}

    @property
    def repairs(self) -> bool:
        """The first change that was sent was the same configuration once more, to have it carried out."""
        return any(change["path"] == REPAIRED for change in self.plan)

    @property
    def sent(self) -> bool:
        """Azure has a change of ours, or may have it."""
        return self.puts > 0 or self.unsure

    def with_note(self, text: str) -> ChangeState:
        """With a sentence more in the result's C(note); each stands there once."""
        return self if text in self.notes else dataclasses.replace(self, notes=(*self.notes, text))

    def with_plan(self, comparison: Comparison, created: bool) -> ChangeState:
        """Keep what is going to change, if nothing was sent before."""
        if self.sent:
            return self
        if created:
            # Not the body of the new cluster, which can hold passwords.
            known = {} if self.cluster is None else {key: value for key, value in self.cluster.items() if value is not None}
            plan: tuple[Change, ...] = (Change("", None, known),)
        else:
            plan = comparison.changes
        notes = () if created else comparison.notes
        return dataclasses.replace(
            self,
            notes=(*self.notes, *(note for note in notes if note not in self.notes)),
            before=None if created else comparison.before,
            after=comparison.after,
            plan=tuple(change.to_dict() for change in plan),
            created=created,
        )

    def with_cluster(self, raw: t.Mapping[str, t.Any]) -> ChangeState:
        """With the result's C(cluster) as in this body."""
        cluster = cluster_summary(raw)
        return dataclasses.replace(self, cluster={key: cluster[key] for key in _CLUSTER_KEYS})

    def with_new_cluster(self, resource_group: str, name: str, location: str | None) -> ChangeState:
        """With what is known of a cluster that is yet to be created; the other values of the result's C(cluster) are null."""
        known = {"resource_group": resource_group, "name": name, "location": location}
        return dataclasses.replace(self, cluster={key: known.get(key) for key in _CLUSTER_KEYS})

    def result(self, header: str, changed: bool) -> dict[str, t.Any]:
        """The module's result as far as the change is known."""
        return {
            "changed": changed,
            "before": self.before,
            "after": self.after,
            "plan": list(self.plan),
            "diff": diff(header, self.before, self.after),
            "operation": self.operation,
            "cluster": self.cluster,
            "note": " ".join(self.notes) or None,
        }
