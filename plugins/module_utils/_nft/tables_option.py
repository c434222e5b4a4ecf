"""Tables as data, on the controller: what is wrong with them, and what they declare."""

from __future__ import annotations

import re
import typing as t

from .._common.errors import DataplaneError
from .._node.stamp import STAMP_CHAIN
from .declaration import TABLES, from_content
from .declared import Declaration
from .lexer import Malformed
from .tables_option_text import each_item, given_options, one_line_rule, render_tables, rule_and_comment
from .tables_spec import DEVICE_HOOKS, MIXED, SUBOPTIONS


class Form(t.NamedTuple):
    """pattern: of the whole value. description: what it has to be."""

    pattern: str
    description: str


_TIME = r"([0-9]+(ms|[smhdw]))+|[0-9]+"
# Nothing that could end the statement in which it stands.
_PLAIN = r"[^\x00-\x1f\x7f\"{};#\\]+"
_ITEM = r"([^\x00-\x1f\x7f\"{};#\\,]|\"[^\x00-\x1f\x7f\"]*\")+"
_PRIORITIES = "raw|mangle|dstnat|filter|security|out|srcnat"

# By the name of the option, where no choices say it.
FORMS = {
    "name": Form(r"[A-Za-z_.][A-Za-z0-9_.\-]{0,199}", "a name of letters, digits and _ . - that does not begin with a digit or -"),
    "comment": Form(r"[^\x00-\x1f\x7f\"]{1,128}", 'of 1 to 128 characters in one line, without "'),
    "timeout": Form(_TIME, "a time such as 90s, 30m or 1d12h"),
    "gc_interval": Form(_TIME, "a time such as 90s, 30m or 1d12h"),
    "priority": Form(
        rf"-?[0-9]+|({_PRIORITIES})( ?[+\-] ?[0-9]+)?", f"a number, or one of {_PRIORITIES.replace('|', ', ')} with a number added or taken"
    ),
    "devices": Form(r"[^\x00-\x20\x7f\"/]{1,15}", "the name of a network interface"),
    "type": Form(r"[a-z0-9_ .:]+", "a type such as ipv4_addr, ipv4_addr . inet_service, or ipv4_addr : verdict"),
    "typeof": Form(_PLAIN, 'an expression of nft in one line, without " { } ; # \\'),
    "quota": Form(_PLAIN, "a quota such as over 25 mbytes"),
    "rate": Form(_PLAIN, "a rate such as 10/second burst 5 packets"),
    "element": Form(_ITEM, "one element, without { } ; # \\ and , outside of quotes"),
    "key": Form(_ITEM, "one key, without { } ; # \\ and , outside of quotes"),
    "value": Form(_ITEM, "one value, without { } ; # \\ and , outside of quotes"),
}
PATTERNS = {name: re.compile(form.pattern) for name, form in FORMS.items()}

_KINDS: dict[str, tuple[t.Any, str]] = {
    "str": (str, "text"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "list": (list, "a list"),
    "dict": (dict, "a dictionary"),
}


def from_tables(tables: t.Sequence[t.Mapping[str, t.Any]]) -> Declaration:
    """What the structured form declares. Raises DataplaneError."""
    check_tables(tables)
    text, segments = render_tables(tables)
    return from_content(text, TABLES, segments)


def check_tables(tables: t.Any) -> None:
    """Raises DataplaneError that lists all errors of the tables."""
    problems = list(_problems(tables))
    if problems:
        raise DataplaneError(
            f"{'; '.join(problems)}.",
            remedy="Nothing was changed.",
            code="InvalidDeclaration",
            details={"problems": problems},
        )


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
    kind, description = _KINDS[spec["type"]]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        yield f"{path} is not {description}"
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
        yield f"{path} has to be {FORMS[name].description}"


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
    value = given_options(given)
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


def _twice(named: t.Iterable[tuple[str, t.Any]]) -> t.Iterator[str]:
    """named: path and name."""
    first: dict[t.Any, str] = {}
    for path, name in named:
        before = first.setdefault(name, path)
        if before != path:
            yield f"{path} has the name of {before}"


def _table_problems(table: t.Mapping[str, t.Any], path: str) -> t.Iterator[str]:
    for parts in (("chains",), ("sets", "maps"), ("counters",), ("quotas",), ("limits",)):
        yield from _twice((place, item["name"]) for part in parts for place, item in each_item(table, part, path))
    for number, chain in enumerate(table.get("chains") or ()):
        yield from _chain_problems(table["family"], chain, f"{path}.chains[{number}]")


def _chain_problems(family: str, chain: t.Mapping[str, t.Any], path: str) -> t.Iterator[str]:
    if chain["name"] == STAMP_CHAIN:
        yield f"{path}.name is the name of a chain that the module makes itself"
    if chain.get("devices") and chain.get("hook") not in DEVICE_HOOKS:
        yield f"{path}.devices is only for the hooks {' and '.join(DEVICE_HOOKS)}"
    for number, item in enumerate(chain.get("rules") or ()):
        yield from _rule_problems(rule_and_comment(item)[0], f"{path}.rules[{number}]")


def _rule_problems(text: str, path: str) -> t.Iterator[str]:
    try:
        one_line_rule(text)
    except Malformed as exc:
        yield f"{path}: {exc.reason}"
