"""What a table holds, in the words of nft's own listing."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import typing as t

from .._node.stamp import STAMP_CHAIN, Stamp, digest, stamp_of_line

# An element's key ends where one of these words stands outside quotes.
_WORDS = re.compile(r'"[^"]*"|\S+')
_OPTIONS = frozenset(("timeout", "expires", "comment", "counter", "limit", "quota", "last", "ct"))
_ENDS = _OPTIONS | {":"}


# Family and name of a table.
Name = tuple[str, str]
# Chain and index of a rule -> the text that declares it. A listing is only for comparing: nft may list what it would list differently once more.
RuleTexts = t.Callable[[str, int], str]


class Rule(t.NamedTuple):
    """text: as listed, without its handle; of several lines with an anonymous chain in it."""

    text: str
    handle: int | None = None


class Element(t.NamedTuple):
    """state: counter and the like. data: what a map maps to, empty in a set."""

    key: str
    state: str = ""
    timeout: str = ""
    expires: str = ""
    comment: str = ""
    data: str = ""

    @property
    def text(self) -> str:
        """As nft takes it."""
        named = (("timeout", self.timeout), ("expires", self.expires), ("comment", self.comment), (":", self.data))
        return " ".join([self.key, *filter(None, [self.state]), *(f"{name} {value}" for name, value in named if value)])


def split_element(text: str) -> Element:
    """The parts of an element as listed."""
    parts: dict[str, list[str]] = {name: [] for name in Element._fields}
    part = "key"
    for word in _WORDS.findall(text):
        if part == "data":
            parts[part].append(word)
        elif word == ":":
            part = "data"
        elif word in ("timeout", "expires", "comment"):
            part = word
        elif word in _OPTIONS:
            part = "state"
            parts[part].append(word)
        else:
            parts[part].append(word)
    return Element(**{name: " ".join(words) for name, words in parts.items()})


def key_of(text: str) -> str:
    """The key of an element as listed: what distinguishes elements in the kernel."""
    first, _space, rest = text.partition(" ")
    # Most keys are one word; sets can be large.
    if '"' not in first and (not rest or rest.partition(" ")[0] in _ENDS):
        return first
    return split_element(text).key


@dataclasses.dataclass(frozen=True)
class Chain:
    """header: the lines that are no rules, without the policy. policy: null in a regular chain."""

    name: str
    header: tuple[str, ...] = ()
    policy: str | None = None
    rules: tuple[Rule, ...] = ()
    handle: int | None = None

    @property
    def is_base(self) -> bool:
        """Whether it is at a hook."""
        return any(line.startswith("type ") for line in self.header)


@dataclasses.dataclass(frozen=True)
class Set:
    """A set or a map. header: all lines but the elements. elements: each as listed, with all that belongs to it."""

    kind: str
    name: str
    header: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    handle: int | None = None

    @functools.cached_property
    def flags(self) -> frozenset[str]:
        """As in nft(8), for example C(interval)."""
        words = " ".join(line[len("flags ") :] for line in self.header if line.startswith("flags "))
        return frozenset(words.replace(",", " ").split())

    @functools.cached_property
    def learned(self) -> bool:
        """Elements come from packets, or go by themselves: those that are there are never taken out."""
        return "dynamic" in self.flags or any(line.startswith("timeout ") for line in self.header)

    @functools.cached_property
    def timed(self) -> bool:
        """Elements can have a timeout."""
        return "timeout" in self.flags or any(line.startswith("timeout ") for line in self.header)

    @functools.cached_property
    def members(self) -> frozenset[str]:
        """The elements, in no order."""
        return frozenset(self.elements)

    def protected(self, element: str) -> bool:
        """Whether an element is one that is never taken out, nor made younger."""
        return self.learned or (" timeout " in element and ('"' not in element or bool(split_element(element).timeout)))


@dataclasses.dataclass(frozen=True)
class Object:
    """Anything else: kind is C(counter), C(ct helper), C(flowtable) and so on."""

    kind: str
    name: str
    lines: tuple[str, ...] = ()
    handle: int | None = None


@dataclasses.dataclass(frozen=True)
class Table:
    """header: flags and comment."""

    family: str
    name: str
    header: tuple[str, ...] = ()
    objects: tuple[Object, ...] = ()
    sets: tuple[Set, ...] = ()
    chains: tuple[Chain, ...] = ()
    handle: int | None = None

    @property
    def path(self) -> str:
        """As nft names it in commands."""
        return f"{self.family} {self.name}"

    def in_name_order(self) -> Table:
        """The same, with its blocks in the order of their names."""
        return dataclasses.replace(
            self,
            objects=tuple(sorted(self.objects, key=lambda item: (item.kind, item.name))),
            sets=tuple(sorted(self.sets, key=lambda item: item.name)),
            chains=tuple(sorted(self.chains, key=lambda item: item.name)),
        )

    @functools.cached_property
    def object_named(self) -> dict[tuple[str, str], Object]:
        return {(item.kind, item.name): item for item in self.objects}

    @functools.cached_property
    def set_named(self) -> dict[str, Set]:
        return {item.name: item for item in self.sets}

    @functools.cached_property
    def chain_named(self) -> dict[str, Chain]:
        return {item.name: item for item in self.chains}

    @property
    def stamp(self) -> Stamp | None:
        """Null when it has none that can be read."""
        chain = self.chain_named.get(STAMP_CHAIN)
        return stamp_of_line(" ".join(chain.header)) if chain else None

    def without_stamp(self) -> Table:
        if STAMP_CHAIN not in self.chain_named:
            return self
        return dataclasses.replace(self, chains=tuple(chain for chain in self.chains if chain.name != STAMP_CHAIN))

    def with_stamp(self, stamp: Stamp) -> Table:
        bare = self.without_stamp()
        return dataclasses.replace(bare, chains=(*bare.chains, Chain(STAMP_CHAIN, (stamp.header,))))

    def with_elements(self, elements: t.Mapping[str, t.Iterable[str]]) -> Table:
        """The same with these elements in the sets of these names."""
        filled = (dataclasses.replace(item, elements=tuple(elements[item.name])) if item.name in elements else item for item in self.sets)
        return dataclasses.replace(self, sets=tuple(filled))

    def stamp_lock(self) -> list[str]:
        """The command that fails when somebody else was faster, as it needs the stamp that was seen; none without a stamp."""
        seen = self.chain_named.get(STAMP_CHAIN)
        return [f"delete chain {self.path} handle {seen.handle}"] if seen else []

    def fingerprint(self) -> str:
        """Of all but handles, order of blocks, the stamp, and elements that were learned or have a timeout."""
        return self._fingerprint

    @functools.cached_property
    def _fingerprint(self) -> str:
        return digest("\0".join(_essence(self.without_stamp().in_name_order())))

    def lasting_fingerprint(self) -> str | None:
        """The same for a stamp; null when there are elements that may go by themselves."""
        if any(item.protected(element) for item in self.sets if item.timed or item.learned for element in item.elements):
            return None
        return self.fingerprint()


def _essence(table: Table) -> t.Iterator[str]:
    yield from (table.family, table.name, *table.header)
    for thing in table.objects:
        yield from (thing.kind, thing.name, *thing.lines)
    for group in table.sets:
        yield from (group.kind, group.name, *group.header)
        if elements := _lasting(group):
            # In one step: they can be many.
            yield "\0".join(elements)
    for chain in table.chains:
        yield from ("chain", chain.name, *chain.header, str(chain.policy), *(rule.text for rule in chain.rules))


def _lasting(group: Set) -> list[str]:
    """Hash tables list in any order."""
    if group.learned:
        return []
    return sorted(itertools.filterfalse(group.protected, group.elements) if group.timed else group.elements)
