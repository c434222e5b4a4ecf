"""The node that the process runs on, for the engine: its kernel through nft and netlink, its files and its systemd."""

from __future__ import annotations

import os
import time
import typing as t

from .._nft.declaration import Declaration, DeclaredTable
from .._nft.failures import HOST_ROUTING
from .._nft.model import Name, Table
from .._node.stamp import Stamp
from . import kernel
from .canonical import Canonical
from .persistence import Persistence, keep
from .runner import Nft

_BACKUPS = "/etc/aks-dataplane/backups"


class LocalNode(Nft):
    """In the network namespace that the process is in. What each answer means is said in port.Node."""

    def __init__(self, declaration: Declaration, run_command: t.Callable[..., t.Any]) -> None:
        """DataplaneError when there is no nft."""
        super().__init__()
        self._run_command = run_command
        self._canonical = Canonical(declaration, self, run_command)

    def has_host_routing(self) -> bool:
        return os.path.isdir(HOST_ROUTING)

    def tables(self) -> set[Name]:
        return kernel.tables()

    def stamp(self, family: str, name: str) -> Stamp | None:
        return kernel.stamp(family, name)

    def learning(self, tables: t.Iterable[DeclaredTable]) -> t.ContextManager[None]:
        return self._canonical.learning(tables)

    def form(self, declared: DeclaredTable) -> Table | None:
        return self._canonical.form(declared)

    def is_coded(self, declared: DeclaredTable, live: Table) -> bool:
        return self._canonical.is_coded(declared, live)

    def keep(self, text: str) -> str:
        path = f"{_BACKUPS}/{time.strftime('%Y-%m-%dT%H-%M-%SZ', time.gmtime())}-{time.monotonic_ns() % 10**9:09d}.nft"
        keep(path, text)
        return path

    def persist(self, files: t.Mapping[str, str | None], dry: bool) -> tuple[list[str], bool]:
        persistence = Persistence(self, self._run_command, files)
        return persistence.pending() if dry else persistence.save(), persistence.systemd
