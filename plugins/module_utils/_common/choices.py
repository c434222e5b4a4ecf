"""Options and variables that take one of a few words: in upper or lower case, and with a question when a word is none of them."""

from __future__ import annotations

import dataclasses
import typing as t

from .argspec import Options
from .spelling import did_you_mean


def _named(options: Options) -> dict[str, t.Mapping[str, t.Any]]:
    """The options, also by their other names."""
    return {name: option for own, option in options.items() for name in (own, *option.get("aliases", ()))}


def _meant(value: t.Any, choices: t.Sequence[t.Any]) -> t.Any:
    """The choice that is the same but for the case; the value itself when there is none."""
    if not isinstance(value, str) or value in choices:
        return value
    found = [choice for choice in choices if isinstance(choice, str) and choice.lower() == value.strip().lower()]
    return found[0] if len(found) == 1 else value


def in_their_case(params: t.Mapping[str, t.Any], options: Options) -> dict[str, t.Any]:
    """The parameters, with each value that is a choice in another case as the specification writes it. Everything else stays as it is."""
    known = _named(options)
    return {name: _in_its_case(value, known.get(name, {})) for name, value in params.items()}


def _in_its_case(value: t.Any, option: t.Mapping[str, t.Any]) -> t.Any:
    if isinstance(value, t.Mapping) and option.get("options"):
        return in_their_case(value, option["options"])
    if isinstance(value, list):
        return [_in_its_case(one, option) for one in value]
    return _meant(value, option["choices"]) if option.get("choices") else value


@dataclasses.dataclass(frozen=True)
class Wrong:
    """A value that is none of the choices. within: the options that the option is part of, the innermost last."""

    name: str
    within: tuple[str, ...]
    value: str
    choices: tuple[str, ...]

    @property
    def question(self) -> str:
        """To put behind a message that names the choices."""
        return did_you_mean(self.value, self.choices)

    @property
    def text(self) -> str:
        """In the words that Ansible has for it."""
        place = f" found in {' -> '.join(self.within)}" if self.within else ""
        message = f"value of {self.name} must be one of: {', '.join(self.choices)}, got: {self.value}{place}"
        return f"{message}.{self.question}"


def wrong_values(params: t.Mapping[str, t.Any], options: Options, within: tuple[str, ...] = ()) -> t.Iterator[Wrong]:
    """Those of parameters in their case; nothing for what is not text, which the specification itself refuses."""
    known = _named(options)
    for name, value in params.items():
        option = known.get(name, {})
        if isinstance(value, t.Mapping) and option.get("options"):
            yield from wrong_values(value, option["options"], (*within, name))
        elif option.get("choices") and isinstance(value, str) and value not in option["choices"]:
            yield Wrong(name, within, value, tuple(map(str, option["choices"])))
