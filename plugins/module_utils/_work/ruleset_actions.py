"""What a run does to the objects of a ruleset, once it is decided."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from .._keeper.keeper_words import PAUSE, REMOVE
from .._ruleset.decision import Do
from .._ruleset.live import LiveSet
from .._ruleset.objects import FIRST, TEMPLATE, former_of, over, restored, with_former, with_task
from .ruleset_reader import Look
from .ruleset_target import Target
from .ruleset_wanted import Wanted
from .ruleset_writer import RulesetWriter

Json = dict[str, t.Any]


class RulesetActions:
    """The actions on one ruleset. All raise KubeError; done twice, they do nothing more."""

    def __init__(self, writer: RulesetWriter, wanted: Wanted) -> None:
        self._writer, self._wanted = writer, wanted

    def do(self, do: Do, look: Look, mine: t.Sequence[LiveSet], target: Target | None, task: str, fails: bool) -> None:
        """do: anything but to wait and to try. target: null where the pods only get another task."""
        if do is Do.CLEAN:
            self._clean(look, [one.name for one in mine if not one.leaving], ())
        elif do is Do.RESTORE:
            self._restore(mine)
        elif do is Do.SETTLE:
            self._settle(look, mine)
        elif target is None or fails:
            for one in mine:
                self._writer.put_set(with_task(one.raw, REMOVE if fails else task), one)
        else:
            self._apply(look, mine, target)

    def wait_longer(self, mine: t.Sequence[LiveSet], seconds: int) -> None:
        """Pods count as available only after so many seconds from now on; none is replaced by this, and a rollback ends it."""
        for one in mine:
            item = with_former(_sent(one.raw), one.former or former_of(one.raw))
            self._writer.put_set(over({**item, "spec": {**item["spec"], "minReadySeconds": seconds}}, one.raw), one)

    def _restore(self, mine: t.Sequence[LiveSet]) -> None:
        for one in mine:
            if not is_restored(one):
                self._writer.put_set(restored(one.former, one.raw), one)

    def _settle(self, look: Look, mine: t.Sequence[LiveSet]) -> None:
        for one in mine:
            if one.former:
                self._writer.put_set(over(with_former(_sent(one.raw), ""), one.raw), one)
        self._clean(look, (), {one.config_map for one in mine})

    def _apply(self, look: Look, mine: t.Sequence[LiveSet], target: Target) -> None:
        live = {one.name: one for one in mine}
        if target.missing(look):
            self._writer.create_map(target.content, self._wanted.ruleset)
        # Kubernetes makes all pods of a new DaemonSet at the same time: they do nothing at first, and are then replaced one after the other. Pods that are
        # not available, which takes as long as afterwards, would be replaced all at the same time.
        keepers = target.keepers if mine else dataclasses.replace(target.keepers, task=PAUSE)
        # One of a ruleset that is there may have been deleted by somebody.
        first = "" if mine and not any(one.former for one in mine) else FIRST
        for name, item in keepers.daemon_sets().items():
            old = live.get(name)
            if old is None:
                self._writer.put_set(with_former(item, first), None)
            elif not target.has(old):
                changes = old.template != item["metadata"]["annotations"][TEMPLATE]
                former = old.former or (former_of(old.raw) if changes else "")
                self._writer.put_set(over(with_former(item, former), old.raw), old)

    def _clean(self, look: Look, sets: t.Iterable[str], kept: t.Container[str]) -> None:
        for name in [*sets, *(one.name for one in trials(look, self._wanted.ruleset) if not one.leaving)]:
            self._writer.delete_set(name)
        for found in look.maps:
            if found.name not in kept:
                self._writer.delete_map(found.name)


def is_idle(mine: t.Sequence[LiveSet]) -> bool:
    """Whether the pods of a new ruleset wait for their first task."""
    return bool(mine) and all(one.task == PAUSE and one.former == FIRST for one in mine)


def trials(look: Look, ruleset: str) -> list[LiveSet]:
    """The temporary DaemonSets that are there."""
    return [one for one in look.sets if one.is_trial and one.ruleset == ruleset]


def surplus_maps(look: Look, mine: t.Sequence[LiveSet]) -> list[str]:
    """The ConfigMaps that nobody needs any more."""
    used = {name for one in mine for name in (one.config_map, one.former_config_map)}
    return [one.name for one in look.maps if one.name not in used]


def is_restored(one: LiveSet) -> bool:
    """Whether it is as it was before the change that has not ended."""
    if one.former in ("", FIRST):
        return True
    known = json.loads(one.former)
    return bool(known["annotations"].get(TEMPLATE) == one.template)


def _sent(raw: t.Mapping[str, t.Any]) -> Json:
    """A live DaemonSet as it is sent back."""
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": raw["metadata"], "spec": raw["spec"]}
