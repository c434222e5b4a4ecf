"""How a run on one cluster ended, and what to say of it, decided from what its modules returned."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from .._dataplane.registry import data_planes
from . import changes, choices, leftovers, looks, passage
from .naming import in_variables
from .settings import RECORD, Settings
from .state import OF_NODES, Run, Verdict

REFUSED = "stopped before anything was changed in the cluster."
# From the least to the greatest.
_DISRUPTIONS = ("none", "restart", "reimage")
AGAIN = "Its last operation had failed, so the run had AKS repeat it."


def conclusion(run: Run, settings: Settings) -> Verdict:
    """Of a run in which nothing failed."""
    if settings.check_mode:
        return "planned" if run.switch["changed"] or run.passage else "unchanged"
    if not settings.kubernetes:
        return "unverified"
    return "unchanged" if run.same else "switched"


def tried(run: Run, settings: Settings) -> bool:
    """Whether the module that changes the cluster was run, other than in check mode."""
    return not settings.check_mode and bool(run.switch)


def condemned(run: Run) -> bool:
    """Whether the change itself failed, the nodes were seen not to run it, or nobody gets through. What was not seen condemns nothing."""
    return bool(run.switch.get("failed") and not run.switch.get("unseen")) or run.seen_bad or run.unreachable


def restores(run: Run, settings: Settings) -> bool:
    """Whether the previous configuration is to be restored, or at least to be looked at, after a failure."""
    return tried(run, settings) and not run.same and condemned(run)


def touched(run: Run) -> bool:
    """A failed switch says changed when Azure took the change, or may have taken it."""
    return bool(run.passage.get("sent") or run.restore.get("changed") or run.switch.get("changed") or not run.switch.get("failed"))


def sent(run: Run) -> bool:
    """Whether Azure took what was sent, or may have taken it: a cluster whose last operation failed is sent what it has already."""
    return bool(run.switch.get("changed"))


def awaits_rollback(run: Run, settings: Settings) -> bool:
    """Whether the role has to wait until every node has the previous configuration again."""
    return settings.rollback and settings.kubernetes and touched(run)


def rollback(run: Run, settings: Settings) -> tuple[Verdict, str, str]:
    """Verdict, status of the rollback and what to say of it, of a run in which something failed."""
    if not tried(run, settings):
        return "refused", "not_needed", "Nothing was changed."
    if run.same:
        what = f"{AGAIN} The" if sent(run) else "Nothing was changed, because the"
        unchanged = f"{what} cluster has been configured like that before this run; there is no other configuration to roll back to."
        return (
            ("failed", "not_needed", unchanged) if condemned(run) else ("unverified", "not_needed", f"{unchanged} {later(run, settings)}")
        )
    if run.phase != "rollback" and not condemned(run):
        next_step = passage.cut_off(run) or later(run, settings)
        return "unverified", "not_needed", f"The change is kept. {next_step} {to_roll_back(run, settings)}".rstrip()
    verdict, status, text = _restored(run, settings)
    after = run.restore.get("after") or run.switch.get("after") or {}
    bill = (
        f" {run.data_plane.rollback.left_on_text(settings.resource_group, settings.cluster)}"
        if run.data_plane.rollback.leaves_on(run.before, after)
        else ""
    )
    return verdict, status, text + bill


def _restored(run: Run, settings: Settings) -> tuple[Verdict, str, str]:
    if run.restore_failure:
        what = "The rollback failed too" if settings.rollback else "Whether anything was changed could not be read"
        return "rollback_failed", "failed", f"{what}: {run.restore_failure} {by_hand(run, settings)}"
    if not touched(run):
        return "refused", "not_needed", "Nothing was changed."
    if not settings.rollback:
        why = "." if settings.going_back else ", because aks_dataplane_rollback is false."
        return "failed", "off", f"The cluster was not rolled back{why} {by_hand(run, settings)}"
    restored = f"The previous configuration ({run.data_plane.in_words(run.before)}) was restored"
    if not settings.kubernetes:
        return "rolled_back", "done", f"{restored}. It is not verified on the nodes, because aks_dataplane_kubernetes is false."
    if run.proved:
        return "rolled_back", "done", f"{restored}, and is verified on {run.proof['nodes_wanted']} of {run.proof['nodes_total']} nodes."
    reasons = " ".join(run.proof.get("reasons") or [])
    if run.seen_bad:
        return "rollback_failed", "failed", f"{restored} in Azure, but is not verified on the nodes: {reasons}"
    former = run.data_plane.rollback.declaration(run.former)
    return (
        "unverified",
        "done",
        " ".join(filter(None, [f"{restored} in Azure. The nodes were not seen.", reasons, _verification(run, settings, former)])),
    )


def later(run: Run, settings: Settings) -> str:
    """How to verify what is wanted once the nodes can be seen."""
    return _verification(run, settings, settings.declared.get(run.data_plane.variable))


def _verification(run: Run, settings: Settings, declared: t.Any) -> str:
    return f"To verify later: {_command('aks.dataplane.verification', run, settings, declared)}"


def to_roll_back(run: Run, settings: Settings) -> str:
    """How to restore the previous configuration: by the record, which also guards what somebody else changes in the meantime, where it is known what
    the run has left. A run that is the rollback itself has none.
    """
    if settings.going_back:
        return ""
    if run.record_path and not passage.cut_off(run):
        return f"To roll back: {_by_record(run, settings)}"
    return f"To roll back: {_command(run.data_plane.playbook, run, settings, run.data_plane.rollback.declaration(run.former))}"


def _by_record(run: Run, settings: Settings) -> str:
    # An extra variable of this name would hide what the record says.
    return _playbook("aks.dataplane.rollback", settings, {RECORD: run.record_path}, without=[one.variable for one in data_planes()])


def _command(playbook: str, run: Run, settings: Settings, declared: t.Any) -> str:
    return _playbook(playbook, settings, {run.data_plane.variable: declared})


def _playbook(name: str, settings: Settings, variables: Json, without: t.Collection[str] = ()) -> str:
    # Whatever the inventory says: a rollback does not go through another configuration.
    stays = {choices.LEFTOVERS: "report"} if settings.leftovers != "report" else {}
    return settings.typed.command(name, settings.host, {**variables, **stays}, without)


def by_hand(run: Run, settings: Settings) -> str:
    """The next step of the operator. A run that is the rollback itself has nothing to roll back to."""
    if settings.going_back:
        return "Fix the cause and run aks.dataplane.rollback again."
    return to_roll_back(run, settings)


def failure_text(failure: Json, article: str = "The") -> str:
    """What failed: the C(msg) of a task's result, or its name in C(task) where the result says nothing."""
    return in_variables(str(failure.get("msg") or f"{article} task {failure.get('task')} failed."))


def shown_text(failure: Json) -> str:
    """What stands for the text of a failure that its task has shown already."""
    return f"The task {failure.get('task')} failed, as shown above."


def without_shown(run: Run) -> Run:
    """The run with less to say where failed tasks have said it."""
    run = dataclasses.replace(run, failure=run.failure_shown or run.failure)
    if not run.restore_failure_shown:
        return run
    if run.restore_failure:
        return dataclasses.replace(run, restore_failure=run.restore_failure_shown)
    return dataclasses.replace(run, proof={**run.proof, "reasons": [run.restore_failure_shown]})


def last_phase_failed(run: Run) -> bool:
    """How the phase that was running at the end has ended: a run that was rolled back has failed, but its last phase, the rollback, has not."""
    return bool(run.story) and (not run.restore or run.rollback.get("status", "failed") == "failed")


def left(run: Run) -> Json:
    """What is known of leftovers at the end, as C(leftovers.summary) has it: what was seen before a run that has changed nothing is still there."""
    if run.leftovers or sent(run) or not run.data_plane.verification.leaves_rules:
        return run.leftovers
    return leftovers.less(run.left_before, run.data_plane.in_words(run.plan.get("after") or {}))


def summary(run: Run, settings: Settings) -> str:
    """How the run ended, in one sentence with the name of the cluster; by C(verdict), where none counts as refused."""
    extent = looks.extent(run.proof, left(run)) if run.proved else ""
    texts: dict[str, str] = {
        "planned": "the configuration would be changed, as shown above.",
        "switched": f"switched{_way(run)}, and {extent}",
        "unchanged": (
            "the cluster already has this configuration; nothing would be changed."
            if settings.check_mode
            else f"the cluster already has this configuration. {f'{AGAIN} It' if sent(run) else 'Nothing was changed, and it'} is {extent}"
        ),
        "unverified": _unverified(run, settings),
        "refused": REFUSED,
        "rolled_back": "failed, and the previous configuration is restored.",
        "rollback_failed": "failed, and the rollback failed too. Check this cluster immediately.",
        "failed": "failed, and was not rolled back.",
    }
    return f"{settings.cluster}: {texts[run.verdict or 'refused']}"


def _way(run: Run) -> str:
    return f" through {run.passage['words']}" if run.passage else ""


def _unverified(run: Run, settings: Settings) -> str:
    if not settings.kubernetes:
        return "the configuration is set in Azure, but not verified on the nodes, because aks_dataplane_kubernetes is false."
    if run.phase == "rollback":
        return "failed. The previous configuration is restored in Azure, but the nodes were not seen."
    return "the configuration is set in Azure and kept, but not verified: the nodes were not seen."


def statistics(run: Run, settings: Settings) -> dict[str, t.Any]:
    """What the next steps of a workflow learn of the cluster, each by host: the statistics of the run by name.

    A play that opened no record only preflights or verifies, and names by itself what it is about.
    """
    host, passed = settings.host, not run.story
    if not run.open:
        verdict = verified(run)
        # Of the nodes, the verdict says it.
        kinds = list(dict.fromkeys(one["kind"] for one in run.deviations if one["kind"] != OF_NODES))
        deviations = {"deviations": kinds} if kinds else {}
        return {
            "preflight": {host: "passed" if passed else "refused"},
            "verification": {host: verdict},
            "step": {host: {"verdict": verdict, **deviations}},
        }
    # The variable that declares what the cluster had, where that is known: a workflow rolls back by it and needs no record.
    before = {host: {run.data_plane.variable: run.data_plane.rollback.declaration(run.former)}} if run.former else {}
    records = {} if settings.check_mode else {host: run.record_path}
    verdict = run.verdict or "refused"
    planned = {"plan": planned_change(run)} if verdict == "planned" and run.plan else {}
    report = {host: {"verdict": verdict, **({"before": before[host]} if before else {}), **planned}}
    return {
        "aks_dataplane_verdicts": {host: verdict},
        "aks_dataplane_records": records,
        "aks_dataplane_before": before,
        **dict.fromkeys(_steps(settings), report),
    }


def planned_change(run: Run) -> str:
    """What a run would change, in one line without the name of the cluster: AWX has no room for more in a notification."""
    words = run.data_plane.in_words
    before, after = words(run.plan["before"]), words(run.plan["after"])
    made = changes.all_of(run.plan, run.passage)
    if before != after:
        what = f"{before} becomes {after}"
    else:
        what = f"{after} again" if run.passage else f"{after} with other {', '.join(one['path'] for one in made)}"
    worst = max((one["disruption"] for one in made), key=_DISRUPTIONS.index, default="none")
    return f"{what}{_way(run)} (disruption: {worst})"


def verified(run: Run) -> str:
    """The verdict of a verification by itself. Drift that no node shows is no reason to roll back, and so has a verdict by itself."""
    if not run.story:
        return "proved"
    return "drifted" if run.proved and run.deviations else "not_proved"


def _steps(settings: Settings) -> list[str]:
    """The statistic of the step of a workflow that the run is. A rollback in check mode has done nothing that a later one could go by."""
    if settings.going_back:
        return [] if settings.check_mode else ["aks_dataplane_step_rollback"]
    return ["aks_dataplane_step_plan" if settings.check_mode else "aks_dataplane_step_switch"]


def lines(run: Run, settings: Settings) -> list[dict[str, str]]:
    """What is shown at the end, each with a C(label) for the list and a C(text)."""
    if not run.open:
        return [{"label": "result", "text": _checked(run, settings)}]
    record = {"label": "run record", "text": f"{settings.cluster}: run record {run.record_path}"}
    return [{"label": "result", "text": summary(run, settings)}, *([record] if run.record_path and not settings.check_mode else [])]


def reported(run: Run, settings: Settings) -> dict[str, t.Any]:
    """The statistics of the play, by their names for the next steps of a workflow. A verification in check mode has looked at nothing."""
    found = statistics(run, settings)
    if run.open:
        return found
    if settings.only_checks:
        return {"aks_dataplane_preflight": found["preflight"]}
    return (
        {} if settings.check_mode else {"aks_dataplane_verdicts": found["verification"], "aks_dataplane_step_verification": found["step"]}
    )


def row(run: Run, settings: Settings) -> tuple[str, str]:
    """Verdict and run record, for a table of clusters."""
    if not run.open:
        verdict = "refused" if run.story else "passed"
        return (verdict if settings.only_checks else verified(run)), ""
    verdict = f"{run.verdict}, over the limit" if run.marked else run.verdict or "refused"
    return verdict, "" if settings.check_mode else run.record_path


def _checked(run: Run, settings: Settings) -> str:
    """Of a play that only asked whether the cluster can be switched."""
    return f"{settings.cluster}: " + (
        "does not meet the prerequisites, or could not be checked." if run.story else "meets the prerequisites."
    )
