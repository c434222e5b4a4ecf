"""Tables as data: whether they are of the shape, and the nft text that they are."""

from __future__ import annotations

import re
import typing as t

from .._common.errors import DataplaneError
from .._node.stamp import CHAIN as STAMP_CHAIN
from .lexer import Malformed, statements
from .shape import DEVICE_HOOKS, FORMS, MIXED, PATTERNS, SUBOPTIONS

_KINDS: dict[str, tuple[t.Any, str]] = {
    "str": (str, "text"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "list": (list, "a list"),
    "dict": (dict, "a dictionary"),
}
# What no rule begins with, because it says something of its chain, or to nft itself.
NO_RULES = frozenset({"type", "policy", "comment", "flags", "device", "devices", "define", "redefine", "undefine", "include"})


class Segment(t.NamedTuple):
    """Lines of the rendered text, from line on, and what they are made of; of a list, each line is one item."""

    line: int
    path: str
    items: bool = False


def check(tables: t.Any) -> None:
    """Raises DataplaneError that tells everything wrong with the tables."""
    problems = list(_problems(tables))
    if problems:
        raise DataplaneError(
            f"{'; '.join(problems)}.",
            remedy="Nothing was changed.",
            code="InvalidDeclaration",
            details={"problems": problems},
        )


def rule_text(value: str) -> str:
    """A rule on one line, without comments. Raises Malformed when it is not exactly one rule."""
    found = statements(value)
    if len(found) != 1:
        raise Malformed("it has to be one rule: lines end rules, and so do semicolons" if found else "it is empty", 1)
    if found[0].word in NO_RULES:
        raise Malformed(f"{found[0].word} begins no rule", 1)
    return found[0].text


def _problems(tables: t.Any) -> t.Iterator[str]:
    shape = list(shape_problems(tables))
    yield from shape
    if not shape:
        yield from _twice((f"tables[{number}]", (table["family"], table["name"])) for number, table in enumerate(tables))
        for number, table in enumerate(tables):
            yield from _table_problems(table, f"tables[{number}]")


def shape_problems(tables: t.Any) -> t.Iterator[str]:
    """What the JSON Schema and the argument spec find wrong as well."""
    return _value({"type": "list", "elements": "dict", "options": SUBOPTIONS}, tables, "tables", "tables")


def _value(spec: t.Mapping[str, t.Any], value: t.Any, name: str, path: str) -> t.Iterator[str]:
    kind, told = _KINDS[spec["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path} is not {told}"
    elif spec["type"] == "list":
        inner = {**spec, "type": spec["elements"]}
        for number, item in enumerate(value):
            yield from (_mixed if inner["type"] == "raw" else _value)(inner, item, name, f"{path}[{number}]")
    elif spec["type"] == "dict":
        yield from _dict(spec, value, path)
    elif "choices" in spec:
        if value not in spec["choices"]:
            yield f"{path} is {value}, allowed are {', '.join(spec['choices'])}"
    elif name in PATTERNS and not PATTERNS[name].fullmatch(value):
        yield f"{path} has to be {FORMS[name].told}"


def _mixed(spec: t.Mapping[str, t.Any], value: t.Any, name: str, path: str) -> t.Iterator[str]:
    """An item that is text, or a dictionary that says more of it."""
    main = "rule" if name == "rules" else "element"
    if isinstance(value, dict):
        yield from _dict({"options": MIXED[name]}, value, path)
    else:
        # A port is a number in YAML.
        number = main == "element" and isinstance(value, int) and not isinstance(value, bool)
        yield from _value(MIXED[name][main], str(value) if number else value, main, path)


def _dict(spec: t.Mapping[str, t.Any], given: dict, path: str) -> t.Iterator[str]:
    options = spec["options"]
    value = present(given)
    yield from (f"{path}.{key} is not known, allowed are {', '.join(options)}" for key in value if key not in options)
    needed = [key for key, option in options.items() if option.get("required")]
    needed += [key for keys in spec.get("required_together", ()) if any(key in value for key in keys) for key in keys]
    needed += [other for key, others in spec.get("required_by", {}).items() if key in value for other in others]
    yield from (f"{path}.{key} is missing" for key in dict.fromkeys(needed) if key not in value)
    for keys in spec.get("required_one_of", ()):
        if not any(key in value for key in keys):
            yield f"{path} needs {' or '.join(keys)}"
    for keys in spec.get("mutually_exclusive", ()):
        if all(key in value for key in keys):
            yield f"{path} has both {' and '.join(keys)}"
    for key, option in options.items():
        if key in value:
            yield from _value(option, value[key], key, f"{path}.{key}")


def present(given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Without what was not given: Ansible sets it to none."""
    return {key: value for key, value in given.items() if value is not None}


def _twice(named: t.Iterable[tuple[str, t.Any]]) -> t.Iterator[str]:
    """named: path and name."""
    first: dict[t.Any, str] = {}
    for path, name in named:
        before = first.setdefault(name, path)
        if before != path:
            yield f"{path} has the name of {before}"


def _table_problems(table: t.Mapping[str, t.Any], path: str) -> t.Iterator[str]:
    for parts in (("chains",), ("sets", "maps"), ("counters",), ("quotas",), ("limits",)):
        yield from _twice((place, item["name"]) for part in parts for place, item in _each(table, part, path))
    for number, chain in enumerate(table.get("chains") or ()):
        yield from _chain_problems(table["family"], chain, f"{path}.chains[{number}]")


def _chain_problems(family: str, chain: t.Mapping[str, t.Any], path: str) -> t.Iterator[str]:
    if chain["name"] == STAMP_CHAIN:
        yield f"{path}.name is the name of a chain that the module makes itself"
    if chain.get("devices") and chain.get("hook") not in DEVICE_HOOKS:
        yield f"{path}.devices is only for the hooks {' and '.join(DEVICE_HOOKS)}"
    for number, item in enumerate(chain.get("rules") or ()):
        yield from _rule_problems(_rule(item)[0], f"{path}.rules[{number}]")


def _rule_problems(text: str, path: str) -> t.Iterator[str]:
    try:
        rule_text(text)
    except Malformed as exc:
        yield f"{path}: {exc.reason}"


def _rule(item: t.Any) -> tuple[str, str | None]:
    """Text and comment."""
    return (item["rule"], item.get("comment")) if isinstance(item, dict) else (item, None)


def render(tables: t.Iterable[t.Mapping[str, t.Any]]) -> tuple[str, tuple[Segment, ...]]:
    """nft text of tables that were checked, and what its lines are made of."""
    page = _Page()
    for number, table in enumerate(tables):
        page.table(present(table), f"tables[{number}]")
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
            for place, item in _each(table, part, path):
                lead = "rate " if main == "rate" else ""
                self.add(
                    place, f"    {word} {item['name']} {{", *_comment(item), *([f"        {lead}{item[main]}"] if main else []), "    }"
                )
        for part, word in (("sets", "set"), ("maps", "map")):
            for place, item in _each(table, part, path):
                self.set(word, item, place)
        for place, chain in _each(table, "chains", path):
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
        rules = [_rule(item) for item in chain.get("rules") or ()]
        self.items(f"{path}.rules", [f"        {rule_text(text)}{_suffix(comment)}" for text, comment in rules])
        self.add(path, "    }")


def _each(table: t.Mapping[str, t.Any], part: str, path: str) -> t.Iterator[tuple[str, dict[str, t.Any]]]:
    for number, item in enumerate(table.get(part) or ()):
        yield f"{path}.{part}[{number}]", present(item)


def _element(item: t.Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    item = present(item)
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
