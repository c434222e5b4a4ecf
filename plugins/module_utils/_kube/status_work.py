"""The work of aks_dataplane_status as steps: look, judge, and look again while something is wanted and not yet there."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.stepping import State, Step
from .._verify.verdict import UNKNOWN, WANTED
from .client import KubeClient
from .errors import KubeError
from .status_look import Look, Wanted

# Looks in a row that may end without an answer once the API server has answered: its own upgrade takes it away for a minute or so.
HICCUPS = 10

# What a look tells when it could not see anything.
NOTHING: t.Mapping[str, t.Any] = {"nodes": [], "daemonset": None, "crash_loops": [], "host_routing": None}


@dataclasses.dataclass
class StatusWork:
    """connect and look may raise KubeError; result is what every result of the module begins with."""

    connect: t.Callable[[], KubeClient]
    look: t.Callable[[KubeClient, Wanted], Look]
    wanted: Wanted
    result: t.Mapping[str, t.Any]
    _client: KubeClient | None = None

    def advance(self, state: State) -> Step:
        """One look. A first look that fails is an error; a later one is bridged, a bounded number of times in a row."""
        try:
            if self._client is None:
                self._client = self.connect()
            look = self.look(self._client, self.wanted)
        except KubeError as exc:
            hiccups = int(state.get("hiccups", 0)) + 1
            if not exc.transient or not state.get("answered") or hiccups > HICCUPS:
                raise
            return self._hiccup(exc, hiccups)
        return Step(
            done=self.wanted.text is None or look.state == WANTED,
            phase=look.phase,
            detail=look.detail,
            result={**self.result, **look.result},
            state={"answered": True, "hiccups": 0},
        )

    def _hiccup(self, exc: KubeError, hiccups: int) -> Step:
        verdict = {"state": UNKNOWN, "wanted": self.wanted.text, "nodes_wanted": 0, "nodes_total": 0, "reasons": [exc.message]}
        return Step(
            done=False,
            phase="API server does not answer",
            result={**self.result, **NOTHING, "verdict": verdict},
            state={"answered": True, "hiccups": hiccups},
        )
