"""YAML from outside: plain values, or one exception. The library, which comes with the client of Kubernetes, raises a dozen of them."""

from __future__ import annotations

import datetime
import typing as t

from .._common.json_text import DEEPEST

# With aliases, a few lines of YAML stand for more than memory holds.
MOST_VALUES = 200_000
_FAR = 2**64


class NotYaml(ValueError):
    """Not YAML that anybody can have meant; C(str()) of it says why, without any of the text, which may hold a secret."""


def read_yaml(text: str) -> t.Any:
    """The first document of the text as plain values: what JSON has, and dates. None for an empty one. NotYaml."""
    import yaml

    try:
        value = next(iter(yaml.safe_load_all(text)), None)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        # What the library says besides the place quotes the text.
        raise NotYaml(f"{_problem(exc)} (line {mark.line + 1})" if mark else _problem(exc)) from None
    # Of values whose tags, given or found, do not fit: a date in a thirteenth month, a number without digits.
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError):
        raise NotYaml("it has a value of another type") from None
    except RecursionError:
        raise NotYaml("it is nested too deep") from None
    _check(value)
    return value


def _problem(exc: Exception) -> str:
    """The library's own words, where they are without any of the text's."""
    said = (getattr(exc, name, None) for name in ("problem", "context"))
    return next((words for words in said if isinstance(words, str) and "'" not in words and '"' not in words), "it cannot be parsed")


def _check(value: t.Any) -> None:
    """NotYaml for what is too large, too deep, or of no type of JSON."""
    count, layer = 0, [value]
    for _level in range(DEEPEST):
        count += len(layer)
        if count > MOST_VALUES:
            raise NotYaml("it is too large")
        if not layer:
            return
        following: list[t.Any] = []
        for node in layer:
            if isinstance(node, dict):
                following += [*node, *node.values()]
            elif isinstance(node, list):
                following += node
            elif isinstance(node, int) and abs(node) >= _FAR:
                raise NotYaml("it has a number of too many digits")
            elif isinstance(node, str) and not _is_whole(node):
                raise NotYaml("it has half of a character")
            elif not isinstance(node, (str, int, float, datetime.date, type(None))):
                raise NotYaml("it has a value of a type that JSON does not have")
        layer = following
    raise NotYaml("it is nested too deep")


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_yaml(items: t.Iterable[t.Any]) -> str:
    """The documents of a file, as people write them: keys in the order that they have."""
    # Ansible brings it along.
    import yaml

    return str(yaml.safe_dump_all(items, sort_keys=False, explicit_start=True, default_flow_style=False, width=160))
