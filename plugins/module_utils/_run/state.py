"""What is known of a run on one cluster, as it travels from task to task in their results."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.data_plane import DataPlane
from .._dataplane.declaration import Json
from .._dataplane.registry import by_name

PREFIX = "__aks_dataplane_"
# The kind of what a verification by itself has found on nodes, which its verdict says already.
OF_NODES = "nodes"
KEY = "run"

Verdict = t.Literal["", "planned", "unchanged", "unverified", "switched", "refused", "rolled_back", "rollback_failed", "failed"]


@dataclasses.dataclass(frozen=True)
class Run:
    """number: counts the results of a host, so that the latest can be found. subject: what the run is about, nothing before that is known.

    joined: whether the role that switches has begun, which concludes with what failed in it.
    open: whether a record is kept, which ends with the run; else a role works by itself, and the run is what is known until the next one.
    run_id, record_path: of the record, where one is open. continues: the run that this one takes over.
    feature_unfinished: whether an earlier registration was cut off. declared: the declaration that an unrecorded run is about.
    phase: the last that began. look: what the preflight returned that was made already and still holds.
    registers: the subscription whose feature has to be registered, or nothing. refusal: why the preflight refuses the cluster, or nothing.
    before, began: the previous configuration, and when the change of it began. former: the same as a declaration.
    plan, switch, restore: what the module of the data plane returned; nothing where it was not run.
    home: id of the resource group in which the nodes of the cluster are, V('') while Azure was not asked.
    answered: whether the API server of the cluster has answered in this run.
    base, last_look: what the look before the change, and the last one, leave for later looks; nothing where there was none.
    C(proof): the verdict of the last look at the nodes. failure: what failed first. restore_failure: what failed in the rollback.
    failure_shown, restore_failure_shown: what stands for them, and for the reasons of a look, where a failed task has shown them already.
    left_before, leftovers: what C(leftovers.summary) has of the look at the nodes before the change, and after it. look_lines: of the former, to be shown.
    resumes_passage: whether the run that this one continues went through another configuration. staying: nodes on which that has removed nothing last time.
    passage: see C(passage.decide), V({}) without one.
    origin: of the run whose record this one rolls back: run_id, record_path, subject, before, after, wanted and subscription.
    returns: the variable and the value that this cluster is rolled back to, where statistics have it.
    probe: while it runs, the path of its file, and, as soon as that is known, when the change began: C(changed), on the clock of the machine,
    and C(changed_at), a time; and when the nodes were last looked at after it: C(looked). unreachable: whether no new connection is made since the change.
    deviations: what a verification by itself has found, as C(drift.found) has it.
    marked: why a run that has ended well stops those after it, or nothing.
    verdict, story, rollback: how the run ended. reason: the story without what was shown already.
    """

    number: int = 0
    subject: str = ""
    open: bool = False
    by_role: bool = False
    joined: bool = False
    run_id: str = ""
    record_path: str = ""
    continues: str = ""
    feature_unfinished: bool = False
    declared: Json = dataclasses.field(default_factory=dict)
    phase: str = ""
    look: Json = dataclasses.field(default_factory=dict)
    registers: str = ""
    refusal: str = ""
    before: Json = dataclasses.field(default_factory=dict)
    began: str = ""
    former: Json = dataclasses.field(default_factory=dict)
    plan: Json = dataclasses.field(default_factory=dict)
    switch: Json = dataclasses.field(default_factory=dict)
    restore: Json = dataclasses.field(default_factory=dict)
    home: str = ""
    answered: bool = False
    base: Json = dataclasses.field(default_factory=dict)
    last_look: Json = dataclasses.field(default_factory=dict)
    proof: Json = dataclasses.field(default_factory=dict)
    left_before: Json = dataclasses.field(default_factory=dict)
    look_lines: list[str] = dataclasses.field(default_factory=list)
    leftovers: Json = dataclasses.field(default_factory=dict)
    resumes_passage: bool = False
    staying: list[str] = dataclasses.field(default_factory=list)
    passage: Json = dataclasses.field(default_factory=dict)
    failure: str = ""
    restore_failure: str = ""
    origin: Json = dataclasses.field(default_factory=dict)
    failure_shown: str = ""
    restore_failure_shown: str = ""
    returns: tuple[t.Any, ...] = ()
    probe: Json = dataclasses.field(default_factory=dict)
    unreachable: bool = False
    deviations: list[dict[str, str]] = dataclasses.field(default_factory=list)
    marked: str = ""
    verdict: Verdict = ""
    story: str = ""
    reason: str = ""
    rollback: Json = dataclasses.field(default_factory=dict)

    @property
    def data_plane(self) -> DataPlane:
        """The data plane that the run is about; raises KeyError while C(subject) is not known."""
        return by_name(self.subject)

    @property
    def halted(self) -> bool:
        """Whether something has failed, so that what would follow is left out. The rollback of a failed switch goes on."""
        return bool(self.restore_failure if self.phase == "rollback" else self.failure or self.story)

    @property
    def proved(self) -> bool:
        """Whether the last look saw every node that counts in the wanted state."""
        return self.proof.get("state") == "wanted"

    @property
    def seen_bad(self) -> bool:
        """Whether the last look saw something that is not as wanted; not to have seen it is something else."""
        return self.proof.get("seen") == "bad"

    @property
    def same(self) -> bool:
        """Whether the previous configuration is the requested one, and the cluster does not leave it on the way."""
        return not self.passage and self.data_plane.rollback.is_same(self.before, self.plan["after"])

    def to_json(self) -> dict[str, t.Any]:
        """As the results of tasks carry it: the fields as keys, plain JSON; C(from_json) takes it back."""
        return {**dataclasses.asdict(self), "returns": list(self.returns)}

    @classmethod
    def from_json(cls, data: Json) -> Run:
        """The run that C(to_json) has written; raises TypeError for keys that are not fields."""
        return cls(**{**data, "returns": tuple(data["returns"])})


def at_home(run: Run, clusters: t.Sequence[Json | None]) -> Run:
    """The run, knowing where the nodes of its cluster are. clusters: as modules return what Azure says of it, none where it says nothing."""
    found = next((one["node_resource_group_id"] for one in clusters if one and one.get("node_resource_group_id")), "")
    return dataclasses.replace(run, home=found) if found else run


def latest(variables: Json) -> Run:
    """The run that the results among a host's variables know most of; a new one when there is none."""
    # Of another host, each variable is a template that is only evaluated when it is asked for.
    results = [variables[name] for name in variables if name.startswith(PREFIX)]
    found = [result[KEY] for result in results if isinstance(result, t.Mapping) and KEY in result]
    return Run.from_json(max(found, key=lambda run: int(run["number"]))) if found else Run()
