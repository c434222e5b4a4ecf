"""What the DaemonSets of a ruleset are to be, next to what they are."""

from __future__ import annotations

import typing as t

from .._ruleset.live import LiveSet
from .._ruleset.objects import TEMPLATE, Content, Keepers
from .._ruleset.subset import holds
from .ruleset_reader import Look


class Target(t.NamedTuple):
    """What a ruleset is to be. content: of this collection, where the keepers may stay with a ConfigMap of another one."""

    content: Content
    keepers: Keepers

    def missing(self, look: Look) -> Content | None:
        """The ConfigMap that has to be created, if one has."""
        return None if self.keepers.config_map in {one.name for one in look.maps} else self.content

    def has(self, live: LiveSet) -> bool:
        """Whether the DaemonSet is as wanted."""
        wanted = self.keepers.daemon_sets().get(live.name)
        return wanted is not None and all(holds(live.raw[part], wanted[part]) for part in ("metadata", "spec"))

    def is_there(self, mine: t.Sequence[LiveSet]) -> bool:
        """Whether all DaemonSets are as wanted."""
        return {one.name for one in mine} == {*self.keepers.names().values()} and all(map(self.has, mine))

    def tries(self, mine: t.Sequence[LiveSet]) -> bool:
        """Whether nodes get other pods."""
        wanted = {name: item["metadata"]["annotations"][TEMPLATE] for name, item in self.keepers.daemon_sets().items()}
        live = {one.name: one for one in mine}
        return any(
            name not in live
            or live[name].template != template
            or not holds(live[name].raw["spec"]["template"], self.keepers.daemon_sets()[name]["spec"]["template"])
            for name, template in wanted.items()
        )
