"""What the DaemonSets of a ruleset are to be, next to what they are."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from .._ruleset.live import LiveSet
from .._ruleset.objects import TEMPLATE, Content, Keepers
from .._ruleset.subset import holds
from .ruleset_reader import Look


@dataclasses.dataclass(frozen=True)
class Target:
    """What a ruleset is to be. content: of this collection, where the keepers may stay with a ConfigMap of another one."""

    content: Content
    keepers: Keepers

    @functools.cached_property
    def _sets(self) -> dict[str, dict[str, t.Any]]:
        """The DaemonSets, by name; read only."""
        return self.keepers.daemon_sets()

    @property
    def awaits_update(self) -> bool:
        """Whether the pods stay with the program or the template of another version of the collection."""
        return bool(self.keepers.kept) or self.keepers.engine != self.content.engine

    def missing(self, look: Look) -> Content | None:
        """The ConfigMap that has to be created, if one has."""
        return None if self.keepers.config_map in {one.name for one in look.maps} else self.content

    def has(self, live: LiveSet) -> bool:
        """Whether the DaemonSet is as wanted."""
        wanted = self._sets.get(live.name)
        return wanted is not None and all(holds(live.raw[part], wanted[part]) for part in ("metadata", "spec"))

    def is_there(self, mine: t.Sequence[LiveSet]) -> bool:
        """Whether all DaemonSets are as wanted."""
        return {one.name for one in mine} == {*self.keepers.names().values()} and all(map(self.has, mine))

    def tries(self, mine: t.Sequence[LiveSet]) -> bool:
        """Whether nodes get other pods."""
        live = {one.name: one for one in mine}
        return any(
            name not in live
            or live[name].template != item["metadata"]["annotations"][TEMPLATE]
            or not holds(live[name].raw["spec"]["template"], item["spec"]["template"])
            for name, item in self._sets.items()
        )
