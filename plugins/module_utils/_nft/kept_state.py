"""What the kernel counts and learns while a table is in use: out of a listing, into a text to load."""

from __future__ import annotations

import re

from .common_subsequence import common_subsequence
from .table_model import Chain, Element, Object, RuleTexts, Set, Table, key_of, split_element

_STATE = re.compile(r'("[^"]*")|\b(counter) packets \d+ bytes \d+|\b(quota (?:over )?\d+ \w+) used \d+ \w+|\b(last) used \S+')
_WORDS = re.compile(r'"[^"]*"|[{}]|[^\s{}"]+')
_USED = re.compile(r" used \d+ \w+$")
_STATEMENTS = ("counter", "limit ", "quota ", "last", "ct count ")


def without_state(rule: str) -> str:
    """A rule as C(nft -s) lists it."""
    return _STATE.sub(lambda found: found[1] or found[2] or found[3] or found[4], rule)


def _slots(rule: str) -> list[tuple[str, int, int, str]]:
    """Where a rule has state: kind, from, to, the state. In braces it is that of elements."""
    words = [(found[0], found.start(), found.end()) for found in _WORDS.finditer(rule)]
    following = [*(word for word, _start, _end in words), "", "", "", ""]
    slots = []
    depth = 0
    for index, (word, _start, _end) in enumerate(words):
        depth += (word == "{") - (word == "}")
        size = -1
        if depth:
            continue
        if word == "counter" and following[index + 1] != "name":
            at, size = index, 4 if following[index + 1] == "packets" else 0
        elif word == "last":
            at, size = index, 2 if following[index + 1] == "used" else 0
        elif word == "quota" and following[index + 1] != "name":
            at = index + (3 if following[index + 1] in ("over", "until") else 2)
            size = 3 if following[at + 1 : at + 2] == ["used"] else 0
        if size >= 0 and at + size < len(words):
            start = words[at][2]
            stop = words[at + size][2]
            slots.append((word, start, stop, rule[start:stop]))
    return slots


def rule_with_state(declared: str, listed: str) -> str:
    """The declared text of a rule with the state that the same rule has in a listing."""
    slots, states = _slots(declared), _slots(listed)
    if [slot[0] for slot in slots] != [state[0] for state in states]:
        return declared
    while slots:
        _kind, start, stop, _old = slots.pop()
        declared = declared[:start] + states.pop()[3] + declared[stop:]
    return declared


def rules_with_state(wanted: Chain, live: Chain | None, texts: RuleTexts) -> list[str]:
    """Declared texts of a chain's rules, with the state of those that are live."""
    declared = [texts(wanted.name, index) for index in range(len(wanted.rules))]
    if live is not None:
        pairs = common_subsequence([without_state(rule.text) for rule in live.rules], [rule.text for rule in wanted.rules])
        for old, new in pairs:
            declared[new] = rule_with_state(declared[new], live.rules[old].text)
    return declared


def object_with_state(wanted: Object, live: Object | None) -> tuple[str, ...]:
    """The lines of a counter or quota, with what it has counted."""
    if live is None or wanted.kind not in ("counter", "quota"):
        return wanted.lines
    if wanted.kind == "counter":
        return (*wanted.lines, *(line for line in live.lines if line.startswith("packets ")))
    used = next((found[0] for found in map(_USED.search, live.lines) if found), "")
    return tuple(line if line.startswith("comment ") else line + used for line in wanted.lines)


def _line(group: Set, start: str) -> str:
    return next((line[len(start) :] for line in group.header if line.startswith(start)), "")


def _statements(group: Set) -> list[str]:
    return [line for line in group.header if line.startswith(_STATEMENTS)]


def _fits(wanted: Set, live: Set) -> bool:
    """Whether elements of the one can be elements of the other."""
    return (wanted.kind, _line(wanted, "type"), "interval" in wanted.flags) == (live.kind, _line(live, "type"), "interval" in live.flags)


_OBJECT_KINDS = ("counter", "quota", "limit", "ct helper", "ct timeout", "ct expectation", "synproxy", "secmark")


def dangling(element: str, group: Set, wanted: Table) -> bool:
    """Whether a map's element leads to a chain or object that is not wanted."""
    if group.kind != "map":
        return False
    data = split_element(element).data
    if data.startswith(("jump ", "goto ")):
        return data.partition(" ")[2] not in wanted.chain_named
    kind = _line(group, "type").rpartition(" : ")[2]
    return data.startswith('"') and kind in _OBJECT_KINDS and (kind, data.strip('"')) not in wanted.object_named


def elements_with_state(wanted: Set, live: Set | None, table: Table) -> tuple[str, ...]:
    """The wanted elements with their state, and those that were learned."""
    if live is None or not _fits(wanted, live) or not (wanted.timed or wanted.learned or _statements(wanted)):
        return wanted.elements
    left = {key_of(element): element for element in live.elements}
    move = _Move(wanted, live)
    declared = [move.declared(element, left.pop(key_of(element), None)) for element in wanted.elements]
    learned = (element for element in left.values() if live.protected(element) and not dangling(element, wanted, table))
    return (*declared, *filter(None, map(move.learned, learned)))


class _Move:
    """Takes elements from a set as it was to the same set as it will be."""

    def __init__(self, wanted: Set, live: Set) -> None:
        self.wanted = wanted
        self.same_statements = _statements(wanted) == _statements(live)
        self.old_default, self.new_default = _line(live, "timeout "), _line(wanted, "timeout ")
        self.nothing_changes = self.same_statements and self.old_default == self.new_default and wanted.flags == live.flags

    def declared(self, element: str, before: str | None) -> str:
        if before is None:
            return element
        part, old = split_element(element), split_element(before)
        if self.same_statements:
            part = part._replace(state=old.state)
        if self.wanted.timed and (
            "dynamic" in self.wanted.flags or self._timeout(part, self.new_default) == self._timeout(old, self.old_default)
        ):
            part = part._replace(timeout=self._explicit(old), expires=old.expires)
        return part.text

    def learned(self, element: str) -> str:
        """Empty when the set does not take it any more."""
        if self.nothing_changes:
            return element
        old = split_element(element)
        # Elements with a time can only be in a set for such, others only in one that packets write.
        if not (self.wanted.timed if old.timeout or old.expires else self.wanted.learned):
            return ""
        return old._replace(timeout=self._explicit(old), state=old.state if self.same_statements else "").text

    def _explicit(self, old: Element) -> str:
        """An element's timeout, said although it was the default where that is another now."""
        return old.timeout if self.old_default == self.new_default else self._timeout(old, self.old_default)

    def _timeout(self, part: Element, default: str) -> str:
        return part.timeout or default
