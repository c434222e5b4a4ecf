"""What earlier looks of the same run showed of a cluster, as far as a later one is judged by it."""

from __future__ import annotations

import dataclasses
import typing as t

from .._common.errors import DataplaneError

Json = t.Mapping[str, t.Any]


@dataclasses.dataclass(frozen=True)
class Earlier:
    """answered: whether the API server has answered in this run, so that it is waited for.

    not_verifiable: names of the nodes that could not be verified before the change, and so fail nothing after it; none where no look was
    made before. verifiable: how many could. newest_node: when the newest node of that look was created, as Kubernetes spells it, V('') where
    no node says it; none without such a look.
    ready_only: nothing is changed in this run, so that the first look decides: nodes that are not Ready then fail nothing.
    unseen: nodes of which the last look did not show whether they are as wanted. good: name of the pod and mode of those that were seen good,
    by node; kept only where a look ran out of time. bad_since: since when a node is seen bad, in Unix seconds, by node.
    now: of the look that is judged, in Unix seconds; none where nothing is remembered. confirm: seconds for which what may pass by itself has
    to be seen before it counts.
    """

    answered: bool = False
    not_verifiable: tuple[str, ...] | None = None
    verifiable: int = 0
    newest_node: str | None = None
    ready_only: bool = False
    unseen: tuple[str, ...] = ()
    good: t.Mapping[str, tuple[str, str | None]] = dataclasses.field(default_factory=dict)
    bad_since: t.Mapping[str, float] = dataclasses.field(default_factory=dict)
    now: float | None = None
    confirm: float = 0.0

    def to_json(self) -> dict[str, t.Any]:
        """The module's key C(look), plain JSON types; C(read_earlier) takes it back."""
        return {
            "answered": self.answered,
            "not_verifiable": None if self.not_verifiable is None else list(self.not_verifiable),
            "verifiable": self.verifiable,
            "newest_node": self.newest_node,
            "ready_only": self.ready_only,
            "unseen": list(self.unseen),
            "good": {name: list(seen) for name, seen in self.good.items()},
            "bad_since": dict(self.bad_since),
        }


NOTHING_EARLIER = Earlier()


def read_earlier(look: Json | None) -> Earlier:
    """What C(to_json) wrote, or a part of it; DataplaneError for anything else."""
    if not look:
        return NOTHING_EARLIER
    try:
        known = {name: look[name] for name in ("answered", "verifiable", "newest_node", "ready_only") if name in look}
        nodes = look.get("not_verifiable")
        return Earlier(
            **known,
            not_verifiable=None if nodes is None else tuple(map(str, nodes)),
            unseen=tuple(map(str, look.get("unseen", ()))),
            good={str(name): (str(pod), mode) for name, (pod, mode) in look.get("good", {}).items()},
            bad_since={str(name): float(since) for name, since in look.get("bad_since", {}).items()},
        )
    except (AttributeError, TypeError, ValueError, OverflowError) as exc:
        raise DataplaneError(
            "earlier_look is not what this module returns.", remedy="Give the key look of an earlier result of aks_dataplane_status_info."
        ) from exc
