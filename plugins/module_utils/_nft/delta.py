"""The transaction that makes the wanted table out of the live one, and leaves all state as it is."""

from __future__ import annotations

import itertools
import typing as t

from .._node.stamp import STAMP_CHAIN, Stamp
from .compare import Difference, block
from .kept_state import rules_with_state
from .table_model import Chain, RuleTexts, Set, Table, split_element

# Elements in one statement.
_CHUNK = 4096


def delta_commands(
    live: Table, wanted: Table, difference: Difference, texts: RuleTexts, stamp: Stamp, state: Table | None = None
) -> list[str]:
    """The lines for one C(nft -f). state: the live table listed with state; what a base chain that is made anew has counted is taken from it.

    Nothing is used before it is there, nothing is removed while it is used.
    """
    work = _Delta(live.without_stamp(), wanted.without_stamp(), difference, texts, state)
    return [
        *live.stamp_lock(),
        *work.new_objects(),
        *work.new_chains(),
        *work.new_sets(),
        *work.old_rules(),
        *work.elements(),
        *work.new_rules(),
        *work.policies(),
        *work.removals(),
        f"add chain {live.path} {STAMP_CHAIN} {block((stamp.header,))}",
    ]


class _Delta:
    def __init__(self, live: Table, wanted: Table, difference: Difference, texts: RuleTexts, state: Table | None) -> None:
        self.live, self.wanted, self.difference, self.texts, self.state = live, wanted, difference, texts, state
        self.path = wanted.path
        # Base chains on both sides of which nothing can be kept.
        self.anew = {name for name in wanted.chain_named if name in live.chain_named and name not in difference.kept}

    def new_objects(self) -> t.Iterator[str]:
        for (kind, name), item in self.wanted.object_named.items():
            if (kind, name) not in self.live.object_named:
                yield f"add {kind} {self.path} {name} {block(item.lines)}"

    def new_chains(self) -> t.Iterator[str]:
        for name in self.anew:
            yield f"flush chain {self.path} {name}"
            yield f"delete chain {self.path} {name}"
        for name, chain in self.wanted.chain_named.items():
            if name in self.anew or name not in self.live.chain_named:
                policy = (f"policy {chain.policy};",) if chain.policy else ()
                yield f"add chain {self.path} {name} {block((*chain.header, *policy))}"

    def new_sets(self) -> t.Iterator[str]:
        for name, item in self.wanted.set_named.items():
            if name not in self.live.set_named:
                yield f"add {item.kind} {self.path} {name} {block(item.header)}"
                yield from self._each("add", item, item.elements)

    def old_rules(self) -> t.Iterator[str]:
        for name, chain in self.live.chain_named.items():
            kept = {old for old, _new in self.difference.kept.get(name, ())}
            if chain.rules and not kept:
                if name not in self.anew:
                    yield f"flush chain {self.path} {name}"
                continue
            for index, rule in enumerate(chain.rules):
                if index not in kept:
                    yield f"delete rule {self.path} {name} handle {rule.handle}"

    def elements(self) -> t.Iterator[str]:
        changes = [(self.wanted.set_named[name], *change) for name, change in self.difference.elements.items()]
        for item, removed, _added in changes:
            yield from self._each("delete", item, map(_identity, removed))
        for item, _removed, added in changes:
            yield from self._each("add", item, added)

    def new_rules(self) -> t.Iterator[str]:
        for name, chain in self.wanted.chain_named.items():
            old = self.live.chain_named.get(name, Chain(name))
            kept = self.difference.kept.get(name, [])
            texts = self._texts(chain)
            at = 0
            for before, index in kept:
                for new in range(at, index):
                    yield f"insert rule {self.path} {name} position {old.rules[before].handle} {texts(name, new)}"
                at = index + 1
            for new in range(at, len(chain.rules)):
                yield f"add rule {self.path} {name} {texts(name, new)}"

    def _texts(self, chain: Chain) -> RuleTexts:
        if self.state is None or chain.name not in self.anew:
            return self.texts
        listed = rules_with_state(chain, self.state.chain_named.get(chain.name), self.texts)
        return lambda _name, index: listed[index]

    def policies(self) -> t.Iterator[str]:
        for name in self.difference.kept:
            policy = self.wanted.chain_named[name].policy
            if policy and policy != self.live.chain_named[name].policy:
                yield f"add chain {self.path} {name} {{ policy {policy}; }}"

    def removals(self) -> t.Iterator[str]:
        """Elements of maps hold chains and objects, so sets go first; rules are gone already."""
        yield from (
            f"delete {item.kind} {self.path} {name}" for name, item in self.live.set_named.items() if name not in self.wanted.set_named
        )
        yield from (f"delete chain {self.path} {name}" for name in self.live.chain_named if name not in self.wanted.chain_named)
        gone = (key for key in self.live.object_named if key not in self.wanted.object_named)
        yield from (f"delete {kind} {self.path} {name}" for kind, name in gone)

    def _each(self, verb: str, item: Set, elements: t.Iterable[str]) -> t.Iterator[str]:
        rest = iter(elements)
        while chunk := list(itertools.islice(rest, _CHUNK)):
            yield f"{verb} element {self.path} {item.name} {{ {', '.join(chunk)} }}"


def _identity(element: str) -> str:
    """What C(delete element) wants: the key, and what it maps to."""
    part = split_element(element)
    return f"{part.key} : {part.data}" if part.data else part.key
