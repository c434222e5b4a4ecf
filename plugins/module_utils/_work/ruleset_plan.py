"""What a run is going to do with a ruleset, in sentences."""

from __future__ import annotations

import typing as t

from .._keeper.keeper_words import KEEP, PAUSE
from .._ruleset.keeper_update import former_templates
from .._ruleset.live import LiveSet
from .._ruleset.report import counted
from .cluster_ruleset_options import ABSENT
from .ruleset_reader import Look
from .ruleset_target import Target
from .ruleset_wanted import Wanted


def plan(goal: str, look: Look, mine: t.Sequence[LiveSet], target: Target | None, wanted: Wanted, max_unavailable: str) -> list[str]:
    """Empty where nothing is to be done. goal: the option C(state). mine: the DaemonSets of the ruleset. target: null where the tables only stay or go."""
    name = wanted.ruleset
    if target is None:
        if goal == ABSENT:
            return [f"Remove the tables of the ruleset {name} from all nodes, and then its objects."] if mine or look.maps else []
        is_paused = all(one.task == PAUSE for one in mine)
        return [] if is_paused else [f"Pause the ruleset {name}: its tables stay, and drift is not repaired."]
    nodes = [node for node in look.nodes if wanted.selection.covers(node)]
    pace = f"on {counted(len(nodes))}, {max_unavailable} at a time"
    if not mine:
        return [f"Create the ruleset {name} {pace}."]
    steps = []
    if target.tries(mine):
        former = mine[0]
        same_tables = former.declared == target.content.declared and former.task == KEEP
        is_update = same_tables and (former.engine != target.keepers.engine or bool(former_templates(mine, target.keepers)))
        steps.append(f"Keeper update: roll out the pods of this collection {pace}." if is_update else f"Change the ruleset {name} {pace}.")
    elif not target.is_there(mine):
        steps.append(f"Change the settings of the rollout of the ruleset {name}, without a rollout.")
    if any(one.former for one in mine):
        steps.append("Finish the change that an earlier run began.")
    return steps
