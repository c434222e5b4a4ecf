"""Tables as data, as the option C(tables) has them, as nft text."""

from __future__ import annotations

import re
import typing as t

from .declared import Segment
from .lexer import CHAIN_HEADERS, Malformed, statements

# What no rule begins with, because it says something of its chain, or to nft itself.
_NO_RULES = CHAIN_HEADERS | {"redefine", "undefine", "include"}


def render_tables(tables: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[str, tuple[Segment, ...]]:
    """nft text of tables that were checked, and what its lines are made of."""
    page = _Page()
    for number, table in enumerate(tables):
        page.table(given_options(table), f"tables[{number}]")
    return "".join(f"{line}\n" for line in page.lines), tuple(page.segments)


class _Page:
    """The lines as they are written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.segments: list[Segment] = []

    def add(self, path: str, *lines: str) -> None:
        self.segments.append(Segment(len(self.lines) + 1, path))
        self.lines += lines

    def items(self, path: str, lines: t.Iterable[str]) -> None:
        self.segments.append(Segment(len(self.lines) + 1, path, items=True))
        self.lines += lines

    def table(self, table: t.Mapping[str, t.Any], path: str) -> None:
        self.add(path, f"table {table['family']} {table['name']} {{", *_comment(table, "    "))
        if table.get("flags"):
            self.add(f"{path}.flags", f"    flags {','.join(table['flags'])};")
        for part, word, main in (("counters", "counter", ""), ("quotas", "quota", "quota"), ("limits", "limit", "rate")):
            for place, item in each_item(table, part, path):
                lead = "rate " if main == "rate" else ""
                self.add(
                    place, f"    {word} {item['name']} {{", *_comment(item), *([f"        {lead}{item[main]}"] if main else []), "    }"
                )
        for part, word in (("sets", "set"), ("maps", "map")):
            for place, item in each_item(table, part, path):
                self.set(word, item, place)
        for place, chain in each_item(table, "chains", path):
            self.chain(chain, place)
        self.add(path, "}")

    def set(self, word: str, item: t.Mapping[str, t.Any], path: str) -> None:
        self.add(path, f"    {word} {item['name']} {{", *_comment(item))
        self.lines += [f"        {key} {item[key]}" for key in ("type", "typeof", "size", "policy") if key in item]
        self.lines += [f"        flags {','.join(item['flags'])}"] if item.get("flags") else []
        self.lines += [f"        {key.replace('_', '-')} {_time(item[key])}" for key in ("timeout", "gc_interval") if key in item]
        self.lines += [f"        {key.replace('_', '-')}" for key in ("auto_merge", "counter") if item.get(key)]
        if item.get("elements"):
            self.lines.append("        elements = {")
            self.items(f"{path}.elements", [f"            {_element(element)}," for element in item["elements"]])
            self.add(path, "        }")
        self.add(path, "    }")

    def chain(self, chain: t.Mapping[str, t.Any], path: str) -> None:
        self.add(path, f"    chain {chain['name']} {{", *_comment(chain))
        if "hook" in chain:
            devices = ", ".join(f'"{device}"' for device in chain.get("devices") or ())
            device = f" devices = {{ {devices} }}" if devices else ""
            priority = re.sub(r"(?<=[a-z]) ?([+-]) ?", r" \1 ", chain["priority"])
            policy = f" policy {chain['policy']};" if "policy" in chain else ""
            self.lines.append(f"        type {chain['type']} hook {chain['hook']}{device} priority {priority};{policy}")
        rules = [rule_and_comment(item) for item in chain.get("rules") or ()]
        self.items(f"{path}.rules", [f"        {one_line_rule(text)}{_suffix(comment)}" for text, comment in rules])
        self.add(path, "    }")


def given_options(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Without what was not given: Ansible sets it to none."""
    return {key: value for key, value in given.items() if value is not None}


def rule_and_comment(item: t.Any) -> tuple[str, str | None]:
    """Text and comment."""
    return (item["rule"], item.get("comment")) if isinstance(item, dict) else (item, None)


def one_line_rule(value: str) -> str:
    """A rule on one line, without comments. Raises Malformed when it is not exactly one rule."""
    found = statements(value)
    if len(found) != 1:
        raise Malformed("it has to be one rule: lines end rules, and so do semicolons" if found else "it is empty", 1)
    if found[0].word in _NO_RULES:
        raise Malformed(f"{found[0].word} begins no rule", 1)
    return found[0].text


def each_item(table: t.Mapping[str, t.Any], part: str, path: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    """Path, such as C(tables[0].sets[1]), and options of each of the parts of one kind."""
    for number, item in enumerate(table.get(part) or ()):
        yield f"{path}.{part}[{number}]", given_options(item)


def _element(item: t.Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    item = given_options(item)
    timeout = f" timeout {_time(item['timeout'])}" if "timeout" in item else ""
    value = f" : {item['value']}" if "value" in item else ""
    return f"{item.get('element', item.get('key'))}{timeout}{_suffix(item.get('comment'))}{value}"


def _comment(item: t.Mapping[str, t.Any], indent: str = "        ") -> list[str]:
    return [f'{indent}comment "{item["comment"]}";'] if "comment" in item else []


def _suffix(comment: str | None) -> str:
    return f' comment "{comment}"' if comment else ""


def _time(value: str) -> str:
    """nft wants a unit."""
    return f"{value}s" if value.isdigit() else value
