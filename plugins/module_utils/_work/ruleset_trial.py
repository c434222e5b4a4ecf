"""The check of a ruleset on all nodes before it is rolled out: temporary DaemonSets whose pods change nothing."""

from __future__ import annotations

import dataclasses
import time
import typing as t

from .._common.errors import DataplaneError
from .._keeper.keeper_words import TRIED, TRY
from .._ruleset.decision import START_SECONDS
from .._ruleset.judgement import Standing
from .._ruleset.live import by_node
from .._ruleset.objects import TRIAL, Content, Keepers, templates
from .._ruleset.report import counted
from .ruleset_actions import surplus_maps, trials
from .ruleset_reader import Look, RulesetReader
from .ruleset_wanted import Wanted
from .ruleset_writer import RulesetWriter

CHECKING = "checking nodes"
# The controller makes so many pods in a second, at least.
MADE_A_SECOND = 25
_SHOWN = 3

Json = dict[str, t.Any]


class RulesetTrial:
    """The trial of one ruleset."""

    def __init__(self, reader: RulesetReader, writer: RulesetWriter, wanted: Wanted) -> None:
        self._reader, self._writer, self._wanted = reader, writer, wanted

    def run(self, look: Look, content: Content, keepers: Keepers, known: Json) -> str | None:
        """How far it is, or null when every node that is ready takes the ruleset. DataplaneError when one does not; nothing is left of it then.

        known: what the run knows, where the trial notes whom it has heard.
        """
        trial = dataclasses.replace(keepers, task=TRY)
        if not self._is_made(look, content, trial) or "tried_nodes" not in known:
            known.update(tried_nodes=[], trial_since=time.time())
        nodes = [node for node in look.nodes if node.ready and self._wanted.selection.covers(node)]
        heard = {*known["tried_nodes"]}
        expected, pods = templates(trial), by_node(look.pods, TRIAL)
        waited = [(node, pods.get(node.name)) for node in nodes if node.name not in heard]
        asked = [(node, pod if pod and pod.template in expected else None) for node, pod in waited]
        standings = self._reader.standings(asked, None)
        refused = [one for one in standings if one.line.is_final]
        if refused:
            raise self._refusal(refused)
        heard |= {one.name for one in standings if one.state == TRIED}
        known["tried_nodes"] = sorted(heard)
        silent = [one for one in standings if one.name not in heard]
        if not silent:
            self.end(self._reader.look())
            return None
        if time.time() - known["trial_since"] > START_SECONDS + len(nodes) / MADE_A_SECOND:
            raise self._silence(silent)
        return f"nodes {len(nodes) - len(silent)}/{len(nodes)}"

    def _is_made(self, look: Look, content: Content, trial: Keepers) -> bool:
        """Whether all of the trial was there; what was not is made, and that of another one is removed."""
        wanted, live = trial.daemon_sets(), {one.name: one for one in trials(look, self._wanted.ruleset)}
        fits = {name for name, one in live.items() if name in wanted and one.template in templates(trial) and not one.leaving}
        for name in live.keys() - fits:
            self._writer.delete_set(name)
        self._clean(look, trial.config_map)
        if trial.config_map not in {one.name for one in look.maps}:
            self._writer.create_map(content, self._wanted.ruleset)
        for name in wanted.keys() - live.keys():
            self._writer.put_set(wanted[name], None)
        return fits == wanted.keys()

    def end(self, look: Look) -> None:
        """Remove the DaemonSets. look: after they were made."""
        for one in trials(look, self._wanted.ruleset):
            if not one.leaving:
                self._writer.delete_set(one.name)

    def _undo(self) -> None:
        """Nothing is left of it."""
        look = self._reader.look()
        self.end(look)
        self._clean(look)

    def _clean(self, look: Look, kept: str = "") -> None:
        """Remove the ConfigMaps that no keeper needs. kept: one of the trial."""
        for name in surplus_maps(look, [one for one in look.sets if not one.is_trial]):
            if name != kept:
                self._writer.delete_map(name)

    def _refusal(self, refused: t.Sequence[Standing]) -> DataplaneError:
        self._undo()
        return DataplaneError(
            f"{counted(len(refused)).capitalize()} cannot take the ruleset {self._wanted.ruleset}: {_reasons(refused)}.",
            remedy="Nothing was changed. Correct the rules, or select other nodes with node_pools, node_os or node_labels.",
            code="RulesetUnfit",
            details={"nodes": [one.to_dict() for one in refused]},
        )

    def _silence(self, silent: t.Sequence[Standing]) -> DataplaneError:
        refused = self._reader.refused_pods()
        self._undo()
        return DataplaneError(
            f"{counted(len(silent)).capitalize()} could not check the ruleset {self._wanted.ruleset} in time: {_reasons(silent)}."
            + (f" Kubernetes cannot make the pods: {refused}." if refused else ""),
            remedy="Nothing was changed. Make these nodes well, or select other nodes with node_pools, node_os or node_labels.",
            code="RulesetUnchecked",
            details={"nodes": [one.to_dict() for one in silent]},
        )


def _reasons(standings: t.Sequence[Standing]) -> str:
    return "; ".join(f"{one.name}: {(one.message or one.line.message or one.state).rstrip('.')}" for one in standings[:_SHOWN])
