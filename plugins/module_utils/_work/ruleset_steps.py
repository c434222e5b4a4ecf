"""The steps from the ruleset that a cluster has to the one that is wanted, and the rollback. Each step begins with what the cluster shows."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._common.errors import DataplaneError
from .._common.stepping import State, Step
from .._keeper.keeper_words import AS_DECLARED, KEEP, PAUSE, READY, REMOVE
from .._kube.client import KubeClient
from .._observe.kubernetes import KubeError
from .._ruleset.checks import check_narrowed, check_nodes_fit
from .._ruleset.decision import START_SECONDS, Do, Situation, Watched, decide, failed_node
from .._ruleset.judgement import Standing, is_as_wanted, stand, unpacked
from .._ruleset.keeper_update import former_templates
from .._ruleset.live import LivePod, LiveSet, by_node
from .._ruleset.objects import FIRST, KEEPERS, with_task
from .._ruleset.overlap import check_overlap, choose_port
from .._ruleset.report import counted, difference, names, object_names
from .._ruleset.selection import SeenNode, Selection
from .._verify.own_cluster import check_nodes
from .cluster_ruleset_options import ABSENT, PAUSED, PRESENT
from .ruleset_actions import RulesetActions, is_idle, is_restored, surplus_maps, trials
from .ruleset_plan import plan
from .ruleset_reader import Look, RulesetReader
from .ruleset_refusal import CHANGED_MEANWHILE
from .ruleset_target import Target
from .ruleset_trial import CHECKING, RulesetTrial
from .ruleset_wanted import Wanted
from .ruleset_writer import RulesetWriter

Params = t.Mapping[str, t.Any]
Json = dict[str, t.Any]

ROLLING, BACK, REMOVING, PAUSING = "rolling out", "rolling back", "removing tables", "pausing"
VERIFYING, CLEANING = "verifying nodes", "removing objects"
# So often Kubernetes may change an object between a look and what follows from it.
_CONFLICTS = 20
# For Kubernetes to count pods as available.
RIPE_SECONDS = 30.0
_TASKS = {PRESENT: KEEP, PAUSED: PAUSE, ABSENT: REMOVE}
_RESULTS = {PRESENT: AS_DECLARED, PAUSED: "paused", ABSENT: "absent"}


class RulesetSteps:
    """The work on one ruleset of one cluster. warn: shows a sentence to the operator."""

    def __init__(self, api: KubeClient, params: Params, wanted: Wanted, *, show_diff: bool, warn: t.Callable[[str], None]) -> None:
        self._params, self._wanted, self._show_diff, self._warn, self._server = params, wanted, show_diff, warn, api.server
        self._reader = RulesetReader(api, wanted.ruleset, wanted.namespace)
        self._writer = RulesetWriter(api, wanted.namespace)
        self._actions = RulesetActions(self._writer, wanted)
        self._trial = RulesetTrial(self._reader, self._writer, wanted)
        self._goal: str = params["state"]

    def advance(self, state: State) -> Step:
        """One step. KubeError, DataplaneError."""
        known: Json = dict(state)
        try:
            return self._advance(known)
        except KubeError as exc:
            if not exc.transient or "phase" not in known:
                raise
            return self._step(known, known["phase"], f"waiting for the API server: {exc.code}", [])

    def until_begun(self, state: State) -> Step:
        """As C(advance), but done as soon as nothing but waiting is left."""
        step = self.advance(state)
        if step.done or step.phase not in (ROLLING, REMOVING, PAUSING, VERIFYING):
            return step
        return Step(done=True, phase=step.phase, result={**step.result, "state": ROLLING})

    def foresee(self) -> Json:
        """The result in check mode: dry runs, and how the nodes stand. KubeError, DataplaneError."""
        known: Json = {}
        look = self._reader.look()
        mine = self._mine(look)
        target = self._begin(look, mine, known)
        standings = self._standings(look, mine, known)
        amiss = [one.name for one in standings if mine and not self._is_well(one, mine)]
        if known["plan"] and target is not None:
            self._writer.dry_run(target.missing(look), target.keepers, {one.name: one for one in mine})
        state = "drifted" if amiss and not known["plan"] else _RESULTS[self._goal]
        if amiss and not known["plan"]:
            self._warn(f"The tables are not as wanted on {counted(len(amiss))}: {names(amiss)}.")
        return self._result({**known, "changed": bool(known["plan"])}, look, standings, state)

    # What is there, and what is wanted.

    def _mine(self, look: Look) -> list[LiveSet]:
        return [one for one in look.sets if one.ruleset == self._wanted.ruleset and not one.is_trial]

    def _begin(self, look: Look, mine: list[LiveSet], known: Json) -> Target | None:
        """What is wanted, after all that can be refused without asking the nodes; null where the tables are not to be as declared."""
        if "plan" in known:
            return self._target(look, mine, known)
        check_nodes((node for node, _seen in self._reader.nodes()), self._params["node_resource_group_id"] or "", self._server)
        if self._goal == PAUSED and not mine:
            raise DataplaneError(
                f"The cluster has no ruleset {self._wanted.ruleset} that could be paused.", remedy="Apply it first.", code="RulesetMissing"
            )
        if self._goal == PRESENT:
            selection, held = self._wanted.selection, {pod.node for pod in look.pods if pod.part == KEEPERS and not pod.leaving}
            check_nodes_fit(selection, look.nodes)
            check_narrowed(selection, look.nodes, held if mine else ())
            check_overlap(self._wanted.tables, selection, look.nodes, self._others(look))
            if not any(map(selection.covers, look.nodes)):
                self._warn("No node of the cluster is selected now. Nodes that join later are.")
        target = self._target(look, mine, known)
        known["plan"] = plan(self._goal, look, mine, target, self._wanted, self._params["max_unavailable"])
        known["keeper_update"] = bool(target and mine and target.awaits_update)
        known["unready"] = [node.name for node in look.nodes if not node.ready]
        if self._show_diff:
            order = next((one for one in look.maps if mine and one.name == mine[0].config_map), None)
            sets = target.keepers.daemon_sets() if target else self._with_task(mine) if self._goal == PAUSED else {}
            config_map = target.keepers.config_map if target else mine[0].config_map if mine else ""
            wanted_order = target.content.order if target else order.order if order else ""
            known["diff"] = difference(mine, order, sets, config_map, wanted_order)
        return target

    def _others(self, look: Look) -> list[LiveSet]:
        return [one for one in look.sets if one.ruleset != self._wanted.ruleset]

    def _target(self, look: Look, mine: t.Sequence[LiveSet], known: Json) -> Target | None:
        if self._goal != PRESENT:
            return None
        port = mine[0].port if mine and mine[0].port else known.setdefault("port", choose_port(self._wanted.ruleset, self._others(look)))
        content = self._wanted.content(port)
        kept = next((one for one in look.maps if mine and one.name == mine[0].config_map and one.order == content.order), None)
        priority = known.get("priority", "priorityClassName" in mine[0].raw["spec"]["template"]["spec"] if mine else True)
        stays = kept if kept and not self._params["keeper_update"] else None
        keepers = self._wanted.keepers(content, port, priority=priority, kept=stays)
        if stays:
            keepers = dataclasses.replace(keepers, kept=former_templates(mine, keepers))
        return Target(content, keepers)

    def _with_task(self, mine: t.Iterable[LiveSet]) -> dict[str, Json]:
        return {one.name: with_task(one.raw, _TASKS[self._goal]) for one in mine}

    # The steps.

    def _advance(self, known: Json) -> Step:
        while True:
            look = self._reader.look()
            mine = self._mine(look)
            target = self._begin(look, mine, known)
            do = decide(self._situation(look, mine, target, known))
            if do is Do.DONE:
                return self._end(look, known)
            if do is Do.WAIT:
                step = self._wait(look, mine, known)
            elif do is Do.TRY and target is not None:
                step = self._try(look, mine, target, known)
            else:
                step = self._act(do, look, mine, target, known)
            if step is not None:
                return step

    def _wait(self, look: Look, mine: list[LiveSet], known: Json) -> Step | None:
        """A step while the nodes are not as wanted, null when they are, or when the change has to be rolled back."""
        standings = self._standings(look, mine, known)
        if self._watch(look, mine, standings, known):
            return None
        if not self._is_verified(look, mine, standings):
            return self._waiting(mine, standings, known, look)
        if known.get("changed") and known.get("checked") != "again" and not is_idle(mine):
            # Over a new connection to each node, when all have the new tables.
            known.update(checked="again", good={})
        else:
            known.update(checked="all", nodes=[one.to_dict() for one in standings])
        return None

    def _act(self, do: Do, look: Look, mine: list[LiveSet], target: Target | None, known: Json) -> Step | None:
        """A step where objects go, which takes a while."""
        # After the last two, the nodes stay as they are known to be.
        known.update(good={}, seen={}, checked="all" if do in (Do.SETTLE, Do.CLEAN) else "")
        task, fails = _TASKS[self._goal], "fails" in known
        if not self._goes_on(known, lambda: self._actions.do(do, look, mine, target, task, fails)):
            return None
        known["changed"] = True
        return self._step(known, CLEANING, "", []) if do is Do.CLEAN else None

    @staticmethod
    def _goes_on(known: Json, act: t.Callable[[], None]) -> bool:
        """Whether it was done: Kubernetes may have noted how far it is, in the moment since the look. KubeError."""
        try:
            act()
        except KubeError as exc:
            known["conflicts"] = known.get("conflicts", 0) + 1
            if exc.code != CHANGED_MEANWHILE or known["conflicts"] > _CONFLICTS:
                raise
            return False
        return True

    def _situation(self, look: Look, mine: list[LiveSet], target: Target | None, known: Json) -> Situation:
        fails, formers = "fails" in known, [one.former for one in mine if one.former]
        paused = bool(mine) and all(one.task == _TASKS[self._goal] for one in mine)
        matches = paused if target is None else target.is_there(mine)
        goes = self._goal == ABSENT or (fails and bool(known["fails"][2]))
        maps = look.maps if goes and not mine else surplus_maps(look, mine)
        return Situation(
            exists=bool(mine),
            idle=is_idle(mine),
            matches=matches,
            tries=target is not None and target.tries(mine),
            tried=bool(known.get("tried")),
            verified=known.get("checked") == "all",
            pending=bool(formers),
            surplus=bool(maps) or any(goes or not one.leaving for one in trials(look, self._wanted.ruleset)),
            fails=fails,
            restored=all(is_restored(one) for one in mine),
            first=fails and goes,
            absent=self._goal == ABSENT,
            removing=bool(mine) and all(one.task == REMOVE or one.leaving for one in mine),
        )

    def _try(self, look: Look, mine: list[LiveSet], target: Target, known: Json) -> Step | None:
        """Have the nodes check the tables; a step while they do, null when all have."""
        if not known.get("dry"):
            known["dry"] = True
            priority = self._writer.dry_run(target.missing(look), target.keepers, {one.name: one for one in mine})
            if priority != target.keepers.priority:
                known["priority"] = priority
                return self._step(known, CHECKING, "", [])
        if not known.get("heard"):
            left = self._trial.run(look, target.content, target.keepers, known)
            if left is not None:
                return self._step(known, CHECKING, left, [])
            known["heard"] = True
        if mine and not self._is_ripe(look, mine, target, known):
            return self._step(known, CHECKING, "waiting for pods to be available", [])
        known["tried"] = True
        return None

    def _is_ripe(self, look: Look, mine: t.Sequence[LiveSet], target: Target, known: Json) -> bool:
        """Whether the pods of before are available by the wanted time: all of those that are not would be replaced at the same time.

        Nodes in trouble are not waited for longer than it takes the others.
        """
        young = [one for one in mine if one.min_ready_seconds < target.keepers.min_ready_seconds]
        if young and "ripens" not in known:
            if not self._goes_on(known, lambda: self._actions.wait_longer(young, target.keepers.min_ready_seconds)):
                return False
            known["ripens"] = time.time() + target.keepers.min_ready_seconds + RIPE_SECONDS
            return False
        nodes = [node for node in look.nodes if node.ready and self._selection(mine).covers(node)]
        enough = all(one.observed for one in mine) and sum(one.available for one in mine) >= len(nodes)
        return enough or "ripens" not in known or time.time() > known["ripens"]

    # How the nodes stand.

    def _selection(self, mine: t.Sequence[LiveSet]) -> Selection:
        """Of the pods that are there."""
        return (mine[0].selection if mine else None) or self._wanted.selection

    def _standings(self, look: Look, mine: list[LiveSet], known: Json) -> list[Standing]:
        """How each node stands; what is known to be well is not read again."""
        pods, selection = by_node(look.pods, KEEPERS), self._selection(mine)
        nodes = [node for node in look.nodes if selection.covers(node)]
        good: Json = known.setdefault("good", {})
        current = {one.template for one in mine}
        found: dict[str, Standing] = {}
        asked: list[tuple[SeenNode, LivePod | None]] = []
        for node in nodes:
            pod = pods.get(node.name)
            held = good.get(node.name)
            if pod and pod.template not in current:
                found[node.name] = stand(node, None, None, "its pod has not been replaced yet")
            elif pod and held and held[0] == pod.name and node.ready and pod.ready:
                found[node.name] = stand(node, pod, unpacked(held[1]))
            else:
                asked.append((node, pod))
        control = next((pod for name, pod in pods.items() if name in found and pod.runs and not pod.leaving), None)
        for one in self._reader.standings(asked, control):
            found[one.name] = one
            pod = pods.get(one.name)
            if pod and pod.ready and mine and self._is_well(one, mine):
                good[one.name] = [pod.name, one.line.packed()]
            else:
                good.pop(one.name, None)
        return [found[node.name] for node in nodes]

    def _is_well(self, standing: Standing, mine: t.Sequence[LiveSet]) -> bool:
        return is_as_wanted(standing, READY.get(mine[0].task, ""), mine[0].declared)

    def _is_verified(self, look: Look, mine: list[LiveSet], standings: t.Sequence[Standing]) -> bool:
        """Whether every node that is ready is as wanted, and long enough so; where tables are removed, also those that are not ready."""
        ready = {node.name for node in look.nodes if node.ready}
        counts = standings if mine[0].task == REMOVE else [one for one in standings if one.name in ready]
        enough = mine[0].task == REMOVE or sum(one.available for one in mine) >= len(counts)
        return enough and all(one.observed for one in mine) and all(self._is_well(one, mine) for one in counts)

    def _watch(self, look: Look, mine: list[LiveSet], standings: t.Sequence[Standing], known: Json) -> bool:
        """Whether the change has to be rolled back from now on. DataplaneError when it cannot be."""
        if "fails" in known or self._goal != PRESENT or mine[0].task != KEEP:
            return False
        now, pods = time.time(), by_node(look.pods, KEEPERS)
        current = {one.template for one in mine}
        new = {name: pod for name, pod in pods.items() if pod.template in current and not pod.leaving}
        well = {held[0] for held in known["good"].values()}
        earlier: Json = known.get("seen", {})
        seen = {pod.name: earlier.get(pod.name, now) for pod in new.values() if pod.name not in well}
        known["seen"] = seen
        watched = (
            Watched(one, now - seen[new[one.name].name] if one.name in new and new[one.name].name in seen else None) for one in standings
        )
        found = failed_node(watched, known["unready"], self._params["lockout_timeout"] + START_SECONDS)
        if found is None:
            return False
        formers = [one.former for one in mine if one.former]
        if not formers:
            raise self._failure([*found, False], look, standings, known, rolled_back=False)
        known["fails"] = [*found, FIRST in formers]
        known["failed_nodes"] = [one.to_dict() for one in standings]
        return True

    # What is said.

    def _waiting(self, mine: list[LiveSet], standings: t.Sequence[Standing], known: Json, look: Look) -> Step:
        amiss = [one for one in standings if not self._is_well(one, mine)]
        detail = f"nodes {len(standings) - len(amiss)}/{len(standings)}"
        return self._step(known, self._phase(mine, known), detail, standings, look, amiss)

    def _phase(self, mine: t.Sequence[LiveSet], known: Json) -> str:
        if "fails" in known:
            return BACK
        if self._goal != PRESENT:
            return REMOVING if self._goal == ABSENT else PAUSING
        return ROLLING if known.get("changed") or any(one.former for one in mine) else VERIFYING

    def _step(
        self,
        known: Json,
        phase: str,
        detail: str,
        standings: t.Sequence[Standing],
        look: Look | None = None,
        amiss: t.Sequence[Standing] = (),
    ) -> Step:
        known["phase"] = phase
        reason = "; ".join(f"{one.name}: {one.message or one.line.message or one.state}" for one in amiss[:3])
        failed = f" The change is rolled back because of node {known['fails'][0]}: {known['fails'][1]}." if "fails" in known else ""
        return Step(
            done=False,
            phase=phase,
            result=self._result(known, look, standings, ROLLING),
            state=known,
            detail=detail,
            timeout_message=f"The ruleset {self._wanted.ruleset} is not as wanted on all nodes{f' ({reason})' if reason else ''}",
            timeout_remedy=f"Run the task again: it continues.{failed}",
        )

    def _end(self, look: Look, known: Json) -> Step:
        if "fails" in known:
            raise self._failure(known["fails"], look, (), known, rolled_back=True)
        unready = [one["name"] for one in known.get("nodes", ()) if one["state"] == "not ready"]
        if unready and self._goal != ABSENT:
            self._warn(f"{counted(len(unready))} not ready, and not verified: {names(unready)}.")
        return Step(done=True, phase="done", result=self._result(known, look, (), _RESULTS[self._goal]))

    def _failure(
        self, fails: t.Sequence[t.Any], look: Look, standings: t.Sequence[Standing], known: Json, *, rolled_back: bool
    ) -> DataplaneError:
        node, reason, first = fails
        nodes = known.get("failed_nodes") or [one.to_dict() for one in standings]
        then = (
            ("All nodes are without the ruleset again." if first else "All nodes have the previous ruleset again.")
            if rolled_back
            else "Nothing was rolled back, because what was there before is not known."
        )
        return DataplaneError(
            f"Node {node} does not bear the ruleset {self._wanted.ruleset}: {reason.rstrip('.')}. {then}",
            remedy="Correct the rules: nodes need their connections to the API server, and the API server needs TCP port 10250 of the nodes.",
            code="RulesetRolledBack" if rolled_back else "RulesetFailed",
            details={"node": node, "reason": reason},
            result={**self._result(known, look, (), "rolled back" if rolled_back else ROLLING), "nodes": nodes},
        )

    def _result(self, known: Json, look: Look | None, standings: t.Sequence[Standing], state: str) -> Json:
        mine = self._mine(look) if look else []
        declared = mine[0].declared if mine else ""
        return {
            "changed": bool(known.get("changed")),
            "ruleset": self._wanted.ruleset,
            "state": state,
            "digest": declared if self._goal != ABSENT else "",
            "nodes": [one.to_dict() for one in standings] or known.get("nodes", []),
            "objects": object_names(mine, look.maps, self._wanted.namespace) if look else [],
            "plan": known.get("plan", []),
            "keeper_update": known.get("keeper_update", False),
            **({"diff": known["diff"]} if "diff" in known else {}),
        }
