"""The modules that the roles call by way of the run, because only the data plane knows their options, and what is made of their results."""

from __future__ import annotations

import dataclasses
import typing as t

from .._dataplane.declaration import Json
from . import changes, checks, drift, events, host_looks, leftovers, looks, node_looks, passage, texts
from .settings import Settings
from .state import Run, at_home
from .step import Given, Note, Step

_PREFLIGHT = "aks.dataplane.aks_preflight_info"


@dataclasses.dataclass(frozen=True)
class Call:
    """module: its name, V('') for none. options: those that the run decides on; the role has given the others.

    hosts: of the inventory, which are looked at as well, by C(host_looks.MODULE) with the options C(on_hosts).
    """

    module: str
    options: Json
    hosts: tuple[str, ...] = ()
    on_hosts: Json = dataclasses.field(default_factory=dict)


def _plan(run: Run, settings: Settings, given: Given) -> Call | None:
    # A verification by itself also asks Azure: what is set there is what the next node gets.
    if run.phase == "verification" and (settings.check_mode or run.switch):
        return None
    return _switch(run, settings, given)


def _switch(run: Run, settings: Settings, given: Given) -> Call:
    change = run.data_plane.change
    if given.phase == "switch" and run.passage:
        return Call(change.module, passage.options_after(run))
    return Call(change.module, change.from_variables(settings.declaration(run.data_plane)))


def _restore(run: Run, settings: Settings, given: Given) -> Call:
    return Call(run.data_plane.change.module, run.data_plane.rollback.module_options(run.former))


def _preflight(run: Run, settings: Settings, given: Given) -> Call:
    declared = run.data_plane.options.from_variables(settings.declaration(run.data_plane))
    return _preflight_of(declared, run, settings)


def _preflight_of(configuration: Json, run: Run, settings: Settings) -> Call:
    """configuration: as options of the module, what the nodes are to run."""
    further = run.data_plane.preflight.from_variables(settings.declaration(run.data_plane))
    return Call(_PREFLIGHT, {**further, **configuration, "ignore": checks.set_aside(run, settings), **settings.way})


def _passage(run: Run, settings: Settings, given: Given) -> Call | None:
    return Call(run.data_plane.change.module, passage.options(run)) if run.passage else None


def _passage_check(run: Run, settings: Settings, given: Given) -> Call | None:
    """The preflight of what the run goes through, once."""
    return _preflight_of(passage.options(run), run, settings) if run.passage and not run.passage.get("checked") else None


def _passage_status(run: Run, settings: Settings, given: Given) -> Call | None:
    return _look(run, settings, {}) if run.passage.get("sent") and not settings.check_mode else None


def _nodes(run: Run, settings: Settings, given: Given) -> Call | None:
    """The look at the nodes themselves: before the change where the preflight looks, and after it where it can leave something."""
    hosts = settings.groups.get(settings.node_group, ()) if settings.looks_by_ssh else ()
    home = _home(run)
    if not (settings.looks_by_exec or settings.looks_by_pods or hosts):
        return None
    if given.phase:
        begun = events.begin_phase(run, settings, given)
        # A role by itself knows only then what its run is about.
        run, wanted = begun.run, begun.answer["looks"]
    else:
        after_change = run.data_plane.verification.leaves_rules and not settings.check_mode and bool(run.switch.get("changed"))
        wanted = after_change or drift.looks_at_nodes(run, settings)
    if not wanted:
        return None
    on_hosts = {"monitor_lines": run.data_plane.preflight.reads_monitor_lines}
    if settings.looks_by_pods:
        where = {"namespace": settings.look_namespace, "image": settings.look_image}
        options = {**on_hosts, **home}
        return Call("aks.dataplane.aks_nodes_probe", {**options, **{name: value for name, value in where.items() if value}})
    if settings.looks_by_exec:
        return Call("aks.dataplane.aks_nodes_info", {"if_allowed": settings.node_look == "auto", **home}, hosts, on_hosts)
    return Call("", {}, hosts, on_hosts)


def _home(run: Run) -> Json:
    """So that a module refuses the API server of another cluster."""
    return {"node_resource_group_id": run.home} if run.home else {}


def _cluster(run: Run, settings: Settings, given: Given) -> Call | None:
    """Before pods are created: whose API server it is shows in what Azure says of the cluster, and nothing has asked Azure yet."""
    asks = settings.looks_by_pods and not run.home and _nodes(run, settings, given) is not None
    return Call("aks.dataplane.aks_network_info", {"resource_group": settings.resource_group}) if asks else None


def _register(run: Run, settings: Settings, given: Given) -> Call | None:
    """After all clusters of the play were looked at, so that one of them registers the feature for all."""
    if not checks.registers_for_all(run, given.others):
        return None
    refresh = "always" if run.feature_unfinished else "when_changed"
    return Call("aks.dataplane.aks_preview_feature", {"name": run.data_plane.preflight.feature, "refresh_provider": refresh})


def _before(run: Run, settings: Settings, given: Given) -> Call | None:
    return _look(run, settings, {"wait_for": "answer"}) if looks.looks_first(run, settings) else None


def _status(run: Run, settings: Settings, given: Given) -> Call | None:
    if run.phase != "verification":
        return _look(run, settings, {}) if settings.kubernetes and not settings.check_mode else None
    since = changes.watched_from(run, settings)
    waits = bool(run.switch)
    options = {"wait": waits, "wait_for": "answer" if waits else "wanted", **({"since": since} if since else {})}
    return _look(run, settings, options) if looks.asks(run, settings) else None


def _look(run: Run, settings: Settings, options: Json) -> Call:
    asked = run.data_plane.verification.question(changes.configuration(run, settings))
    earlier = looks.earlier(run, settings)
    # The run command only reads.
    way = {**settings.way, "exec": settings.exec and not settings.by_command}
    options = {**asked, **options, **looks.patience(run, settings), **({"earlier_look": earlier} if earlier else {}), **_home(run), **way}
    return Call("aks.dataplane.aks_dataplane_status_info", options)


# None where there is nothing to call for.
CALLS: t.Mapping[str, t.Callable[[Run, Settings, Given], Call | None]] = {
    "plan": _plan,
    "passage_check": _passage_check,
    "passage": _passage,
    "passage_status": _passage_status,
    "switch": _switch,
    "restore": _restore,
    "preflight": _preflight,
    "cluster": _cluster,
    "nodes": _nodes,
    "register": _register,
    "before": _before,
    "status": _status,
}


@dataclasses.dataclass(frozen=True)
class Part:
    """One of the calls of a task.

    options: those of the task that are for its module, V(None) for all. only_looks: whether the module runs as in check mode. begins: whether the
    phase of the task begins with it, and not with the next part as well. sees: the option that gets the observations of a part before it.
    is_result: whether its result is that of the task; that of another part only where it ends the task.
    """

    module: str
    options: tuple[str, ...] | None = None
    only_looks: bool = False
    begins: bool = False
    sees: str = ""
    is_result: bool = False

    def chosen(self, given: Json, observations: Json) -> dict[str, t.Any]:
        """The options of this part. given: those of the task. observations: of the parts before it, by node."""
        own = {name: value for name, value in given.items() if self.options is None or name in self.options}
        return {**own, self.sees: {**observations, **(own.get(self.sees) or {})}} if self.sees and observations else own


_OF_CLUSTER = ("resource_group", "name")
_OF_API_SERVER = (*_OF_CLUSTER, "kubeconfig", "admin_credentials")
_NODES_PARTS = (Part("cluster", ()), Part("nodes", _OF_API_SERVER))
_PREFLIGHT_PARTS = (
    *_NODES_PARTS,
    Part("preflight", begins=True, sees="node_observations", is_result=True),
    Part("passage_check", sees="node_observations"),
)
_VERIFICATION_PARTS = (
    Part("plan", (*_OF_CLUSTER, "api_version"), only_looks=True, begins=True),
    *_NODES_PARTS,
    Part("status", _OF_API_SERVER, is_result=True),
)


def parts(module: str, phase: str) -> tuple[Part, ...]:
    """What a task calls, one after the other: each task costs as much as a short request. phase: that begins with the task, or nothing."""
    if module == "preflight":
        return _PREFLIGHT_PARTS
    return _VERIFICATION_PARTS if (module, phase) == ("status", "verification") else (Part(module, is_result=True),)


def begin(name: str, run: Run, settings: Settings, given: Given) -> Step:
    """What is known when the call is made, which may be the first of its phase. For a cluster that is refused nothing is registered."""
    if name == "register":
        return Step(run, refusal=run.refusal)
    # The preflight begins the phase, and what does not take place begins none.
    if name in ("cluster", "nodes") or (name == "passage" and not run.passage):
        return Step(run)
    return events.begin_phase(run, settings, given) if given.phase else Step(run)


def call(name: str, begun: Step, settings: Settings, given: Given) -> Call | None:
    """What is to be called; none where the run does not need it."""
    return CALLS[name](begun.run, settings, given) if begun.answer.get("looks", True) else None


def judge(name: str, run: Run, settings: Settings, result: Json) -> Step:
    """What the result makes known; of a module that failed only what a look has seen until then."""
    if name == "nodes":
        return _judge_nodes(run, settings, result)
    if name == "passage_status":
        return _judge_passage(run, settings, result)
    if result.get("failed") and name != "status":
        return Step(run, shown=[f"{settings.cluster}: Azure could not be asked: {result.get('msg')}"] if name == "plan" else ())
    if name == "cluster":
        return Step(at_home(run, result["clusters"]))
    if name == "passage":
        run = passage.advanced(run, sent=True)
        return events.begin_phase(run, settings, Given(phase="rollout", seen={"switch": result}))
    if name == "switch":
        return events.begin_phase(run, settings, Given(phase="rollout", seen={"switch": result}))
    step = events.see(run, settings, Given(seen={name: result})) if name in events.SEEN else Step(run)
    return dataclasses.replace(step, shown=(*step.shown, *looks.unread(settings))) if name == "preflight" else step


def _judge_nodes(run: Run, settings: Settings, result: Json) -> Step:
    """A look at the nodes: before the change, or after it."""
    after = run.phase == "verification"
    running = run.data_plane.in_words(changes.configuration(run, settings)) if after else ""
    known, look = leftovers.less(leftovers.summary(result), running), node_looks.kept(result, running)
    note = Note({"event": "seen", "looks": {"after" if after else "before": look}}, needed=False) if run.open and look else None
    lines = leftovers.lines(result, known if after else {}, settings)
    unreached = [host_looks.unreached_text(name, reason, settings.cluster) for name, reason in (result.get("unreached") or {}).items()]
    if after:
        return Step(dataclasses.replace(run, leftovers=known), note=note, shown=[*unreached, *lines])
    # Shown with what the preflight finds: one that fails shows its cause alone, and what its own host did not show.
    return Step(dataclasses.replace(run, left_before=known, look_lines=lines), note=note, shown=unreached)


def _judge_passage(run: Run, settings: Settings, result: Json) -> Step:
    """Whether every node has arrived on the way. Only a node that was seen not to ends the run."""
    bad = _seen_bad(result)
    step = events.see(run, settings, Given(seen={"status": result})) if bad or not result.get("failed") else Step(run)
    if bad and result.get("failed"):
        return step
    if bad:
        configuration = changes.configuration(step.run, settings)
        return dataclasses.replace(step, refusal=changes.disproof(step.run, configuration, result, settings))
    arrived = step.run.proved and not result.get("failed")
    return step if arrived else dataclasses.replace(step, shown=[*step.shown, passage.unseen(run, settings)])


def _seen_bad(result: Json) -> bool:
    return bool((result.get("verdict") or {}).get("seen") == "bad")


def can_fail(name: str, run: Run, settings: Settings, result: Json | None = None) -> bool:
    """Whether a failure of the module, with this result, is one of the run.

    What cannot be seen of nodes is not, unless somebody asked for it by name and nothing is changed yet.
    """
    if name == "passage_status":
        return _seen_bad(result or {})
    if name == "plan" and drift.by_itself(run):
        # What the nodes are to run is known without Azure.
        return not run.data_plane.configuration(settings.declaration(run.data_plane))
    return name != "nodes" or (settings.node_look in ("exec", "pods") and run.phase != "verification")


def pass_over(name: str, begun: Step, settings: Settings) -> Step:
    """What stands, and is shown, where nothing was to be called."""
    if name == "before":
        lines = changes.lines(begun.run.plan, settings, begun.run.passage)
        return Step(begun.run, {"lines": lines}, shown=texts.plan(begun.run.plan, settings, begun.run.passage))
    return events.stand(begun.run, settings) if name == "status" and begun.run.phase == "verification" else begun
