# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change at any time.
"""What the inventory plugins share: options, cache, filters, and hosts whose values are never templates."""

from __future__ import annotations

import abc
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._arm.argspec import AZURE
from ..module_utils._common.argspec import ArgumentSpec
from ..module_utils._common.empty_options import without_empty
from ..module_utils._common.errors import DataplaneError
from ..module_utils._common.foreign_text import foreign
from ..module_utils._inventory.hosts import Host, Variables
from ..module_utils._inventory.options import check_known
from ._fleet_source import FleetSource
from ._no_templates import without_templates


class Source(t.Protocol):
    """Where the hosts come from."""

    def scope(self) -> dict[str, t.Any]:
        """What is asked, and as whom, without secrets: the answer to other questions is another one. Plain JSON."""

    def ask(self) -> list[Variables]:
        """What was found, for each host. Plain JSON. DataplaneError when it cannot be had."""


class CloudInventory(BaseInventoryPlugin, Constructable, Cacheable, abc.ABC):
    """Asks its source, or the cache, and fills the inventory."""

    FILE_NAMES: t.ClassVar[tuple[str, ...]]
    ALWAYS: t.ClassVar[tuple[str, ...]]
    # Of the options that modules have as well, with other names of theirs.
    SPECIFICATIONS: t.ClassVar[tuple[ArgumentSpec, ...]] = (AZURE,)

    @abc.abstractmethod
    def source(self) -> Source:
        """By the options, which are checked as far as they can be without a request. DataplaneError for wrong ones."""

    @abc.abstractmethod
    def make_hosts(self, found: list[Variables]) -> t.Iterable[Host]:
        """Those that are wanted, but for the filters."""

    def verify_file(self, path: str) -> bool:
        """Whether the source is a file with one of the names of this plugin."""
        return bool(super().verify_file(path)) and path.endswith(self.FILE_NAMES)

    def set_options(self, task_keys: t.Any = None, var_options: t.Any = None, direct: t.Any = None) -> None:
        """As Ansible calls it, where options that are empty are not set."""
        super().set_options(task_keys=task_keys, var_options=var_options, direct=without_empty(direct or {}))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Add the hosts of the source to the inventory; raises AnsibleParserError for wrong options, and when somebody refuses."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        try:
            check_known(config, {*self.get_options(), *(name for spec in self.SPECIFICATIONS for name in spec.names())}, self.NAME)
            hosts = self.make_hosts(self._found(path, cache))
            for group in self.ALWAYS:
                self.inventory.add_group(group)
            for host in hosts:
                variables = without_templates(host.variables)
                if self._is_wanted(host.name, variables):
                    self._add(host, variables)
        except DataplaneError as exc:
            raise AnsibleParserError(exc.text) from None

    def fleet(self) -> FleetSource:
        """The clusters that the options name."""
        return FleetSource.from_options(
            {name: self.rendered(name) for name in AZURE.options},
            self.get_option("subscriptions"),
            self.get_option("resource_groups"),
            self.get_option("api_version"),
        )

    def rendered(self, name: str) -> t.Any:
        """An option of the credentials; its text may be a template, written by whoever runs this."""
        value = self.get_option(name)
        return self.templar.template(value) if isinstance(value, str) else value

    def _found(self, path: str, read_cache: bool) -> list[Variables]:
        source = self.source()
        if not self.get_option("cache"):
            return source.ask()
        key, scope = self.get_cache_key(path), source.scope()
        kept = self._cache[key] if read_cache and key in self._cache else {}
        # Earlier versions kept the same under another name.
        if kept.get("scope") == scope and "found" in kept:
            return t.cast(list[Variables], kept["found"])
        found = source.ask()
        self._cache[key] = {"scope": scope, "found": found}
        return found

    def _is_wanted(self, host: str, variables: Variables) -> bool:
        include = self.get_option("include_host_filters")
        if any(self._holds("exclude_host_filters", condition, host, variables) for condition in self.get_option("exclude_host_filters")):
            return False
        return not include or any(self._holds("include_host_filters", condition, host, variables) for condition in include)

    def _holds(self, option: str, condition: str, host: str, variables: Variables) -> bool:
        try:
            result = self._compose(condition, {**variables, "inventory_hostname": host})
        except AnsibleError as exc:
            raise DataplaneError(
                f"The condition '{condition}' of {option} cannot be evaluated for {host}: {foreign(exc)}.",
                remedy="Where a value may be missing, such as a tag, give a default: aks_tags.stage | default('') == 'canary'.",
                code="BadFilter",
            ) from None
        if not isinstance(result, bool):
            raise DataplaneError(
                f"The condition '{condition}' of {option} is neither true nor false for {host}.",
                remedy="Compare it with something, for example aks_tags.stage | default('') == 'canary', or use 'is defined'.",
                code="BadFilter",
            )
        return result

    def _add(self, host: Host, variables: Variables) -> None:
        self.inventory.add_host(host.name)
        for name, value in variables.items():
            self.inventory.set_variable(host.name, name, value)
        for group in host.groups:
            self.inventory.add_child(self.inventory.add_group(group), host.name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host.name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict=strict)
