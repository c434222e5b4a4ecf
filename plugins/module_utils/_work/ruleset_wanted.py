"""What the options of M(aks.dataplane.aks_node_ruleset) ask for, as objects of Kubernetes."""

from __future__ import annotations

import functools
import typing as t

from .._keeper.keeper_order import KeeperOrder, to_json
from .._nft.declaration_pack import checked, pack
from .._nft.declared import CONTENT, Declaration
from .._ruleset.live import LiveMap
from .._ruleset.objects import Content, Keepers
from .._ruleset.selection import Selection
from .cluster_ruleset_options import PRESENT, max_unavailable
from .keeper_payload import digest_of, program

Params = t.Mapping[str, t.Any]


class Wanted:
    """What the options ask for."""

    def __init__(self, params: Params) -> None:
        self.ruleset, self.namespace, self._params = params["ruleset"], params["namespace"], params
        pools, systems, labels = params["node_pools"], params["node_os"], params["node_labels"] or {}
        self.selection = Selection(
            {str(name): str(value) for name, value in labels.items()},
            None if pools is None else tuple(pools),
            None if systems is None else tuple(systems),
            params["allow_cilium"],
        )
        # Nothing is declared where the tables are to stay or to go.
        self._declaration = (
            checked(params["content"], params["wire_origin"] or CONTENT, params["wire_segments"])
            if params["state"] == PRESENT
            else Declaration("")
        )
        self.tables = tuple(f"{table.family} {table.name}" for table in self._declaration.tables)
        self._program = functools.cache(program)
        # Asked for at each step; packing large declarations takes its time.
        self.content = functools.cache(self._content)

    def _content(self, port: int) -> Content:
        """Of the ConfigMap."""
        order = KeeperOrder(
            ruleset=self.ruleset,
            text=self._declaration.text,
            declaration=pack(self._declaration),
            adopt=self._params["adopt"],
            lockout_timeout=self._params["lockout_timeout"],
            port=port,
        )
        return Content(order=to_json(order), program=self._program(), declared=order.digest, engine=digest_of(self._program()))

    def keepers(self, content: Content, port: int, *, priority: bool, kept: LiveMap | None = None) -> Keepers:
        """The DaemonSets. kept: a ConfigMap of the same order that is to stay."""
        return Keepers(
            ruleset=self.ruleset,
            namespace=self.namespace,
            image=self._params["image"],
            config_map=kept.name if kept else content.name(self.ruleset),
            declared=content.declared,
            engine=kept.engine if kept else content.engine,
            tables=self.tables,
            selection=self.selection,
            port=port,
            max_unavailable=max_unavailable(self._params),
            min_ready_seconds=self._params["min_ready_seconds"],
            priority=priority,
        )
