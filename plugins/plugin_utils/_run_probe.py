# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""The probe of a run at the tasks of the run: what begins, waits and ends before or after which of them. When that is, is decided elsewhere."""

from __future__ import annotations

import dataclasses
import math
import typing as t
from collections.abc import Callable

from ..module_utils._common.errors import DataplaneError
from ..module_utils._run import interruption, texts
from ..module_utils._run.settings import Settings
from ..module_utils._run.state import Run
from ..module_utils._run.step import Step
from . import _probing

Json = t.Mapping[str, t.Any]
MODULE = "aks.dataplane.aks_interruption_probe"


@dataclasses.dataclass(frozen=True)
class RunProbe:
    """run: as it is before the task. call: the module that has the prober pods, with these options. show: lines of a step, to the operator."""

    run: Run
    settings: Settings
    call: Callable[[Json], Json]
    show: Callable[[Step], None]

    def before(self, name: str) -> Run:
        """The run before a module is called for C(name): the probe begins, or its baseline has to be over because the change does."""
        run, settings = self.run, self.settings
        if interruption.begins(name, run, settings):
            return dataclasses.replace(run, probe=self._begin())
        if interruption.foreseen(name, run, settings):
            self._begin_pods()
        if not interruption.changes_now(name, run):
            return run
        self._wait(_probing.remaining(run.probe["began"], interruption.times(settings).baseline), "before the change")
        return dataclasses.replace(run, probe=_probing.changing(run.probe))

    def ended(self, waits: bool) -> Step:
        """What the probe has measured. waits: until some time after the verdict, so that late failures are seen too."""
        run, settings = self.run, self.settings
        if waits and not interruption.is_over(run):
            after = interruption.times(settings).after
            self._wait(_probing.remaining(run.probe["looked"], after) if "looked" in run.probe else after, "after the verdict")
        targets = interruption.targets(settings)
        pods = _probing.of_pods(self._end_pods(run.probe["pods"]), targets) if "pods" in run.probe else []
        return interruption.seen(run, settings, _probing.end(run.probe, targets, interruption.times(settings), settings.probe_action, pods))

    def _begin(self) -> Json:
        settings = self.settings
        targets, seconds = interruption.targets(settings), interruption.seconds(self.run, settings)
        self.show(Step(self.run, shown=interruption.beginning(settings)))
        pods = {"pods": self._begin_pods()} if interruption.from_cluster(settings) else {}
        try:
            return {**_probing.begin(self.run.record_path, targets, seconds), **pods}
        except DataplaneError:
            if pods:
                self._end_pods(pods["pods"])
            raise

    def _begin_pods(self) -> str:
        """What the prober pods go by, when they measure; in check mode only whether they could be made."""
        run, settings = self.run, self.settings
        home = {"node_resource_group_id": run.home} if run.home else {}
        seconds = int(interruption.seconds(run, settings))
        result = self.call({**interruption.pods(settings, "started"), **home, "owner": _probing.owner(), "seconds": seconds})
        if result.get("failed"):
            code = (result.get("error") or {}).get("code") or "ProbeNotPossible"
            raise DataplaneError(str(result.get("msg")), code=code)
        self.show(Step(run, shown=interruption.made(settings, result)))
        return str(result["run"])

    def _end_pods(self, pods: str) -> Json:
        """The result of the module, which removes them in any case."""
        ago = _probing.changed_ago(self.run.probe)
        options = {**interruption.pods(self.settings, "ended"), "run": pods, **({} if ago is None else {"changed_ago": ago})}
        result = self.call(options)
        self.show(Step(self.run, shown=interruption.unremoved(self.settings, result)))
        return result

    def _wait(self, seconds: float, when: str) -> None:
        if seconds:
            self.show(
                Step(self.run, shown=[texts.phase(self.settings, "interruption", f"the probe measures for {math.ceil(seconds)} s {when}")])
            )
            _probing.wait(seconds)
