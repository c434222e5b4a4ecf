"""Regular expressions as Go's package regexp (RE2 syntax) understands them.

A pattern is read by Go's grammar and written anew for Python with constructs that mean the same in both, so that nothing depends on
where the two dialects differ.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

# Go's limit for a counted repetition, nested ones multiplied.
MOST_REPEATS = 1000
# Python's parser is recursive; Go has a limit too, a higher one.
DEEPEST_GROUP = 50


class InvalidInGo(Exception):
    """Go refuses the pattern; the text says why."""


class NotSure(Exception):
    """What Go makes of the pattern cannot be told from here; the text says why."""


_PERL_CLASSES = {
    "d": "0-9",
    "w": "0-9A-Za-z_",
    "s": r"\t\n\f\r ",
}
# Python's own \B does not match in an empty line before 3.14.
_ASSERTIONS = {"A": r"\A", "z": r"\Z", "b": r"\b", "B": r"(?!\b)"}
_OPERATORS = {"*": (0, -1), "+": (1, -1), "?": (0, 1)}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}", re.ASCII)
_GROUP = re.compile(r"\(\?P<([0-9A-Za-z_]+)>", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*(?:-[imsU]+)?)[:)]")
_HEX = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})", re.ASCII)


def matcher(pattern: str) -> re.Pattern[str]:
    """The same pattern for Python; search with it in single lines. Raises InvalidInGo, NotSure."""
    translated = _Reader(pattern).read()
    try:
        return re.compile(translated, re.ASCII)
    except (re.error, OverflowError, RecursionError) as exc:
        raise NotSure(f"it cannot be followed here: {exc}") from exc


@dataclasses.dataclass
class _Atom:
    """The last thing read, to which a repetition applies.

    weight: product of the counted repetitions inside it. repeats: there is one that is not of one length. repeated: it is one itself.
    """

    weight: int = 1
    repeats: bool = False
    repeated: bool = False


@dataclasses.dataclass
class _Group:
    """An open parenthesis, and what its content is so far; the fields are those of the atom that it becomes."""

    weight: int = 1
    repeats: bool = False


class _Reader:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.out: list[str] = []
        self.atom: _Atom | None = None
        self.groups = [_Group()]

    def read(self) -> str:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        if len(self.groups) > 1:
            raise InvalidInGo("a parenthesis is not closed")
        return "".join(self.out)

    def _step(self, char: str) -> None:
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self.at += 1
            self.out.append("|")
            self.atom = None
        elif char in "*+?":
            self._repeat(char, *_OPERATORS[char])
        elif char == "{":
            self._counted()
        elif char == "[":
            self._emit(_class(self))
        elif char == "\\":
            self._emit(self._escape())
        else:
            self.at += 1
            self._emit({".": r"[^\n]", "^": r"\A", "$": r"\Z"}.get(char, re.escape(char)))

    def _emit(self, translated: str) -> None:
        self.atom = _Atom()
        # Python repeats no bare assertion, Go does.
        self.out.append(f"(?:{translated})" if translated in _ASSERTIONS.values() else translated)

    def _open(self) -> None:
        if not self.text.startswith("(?", self.at):
            self.at += 1
        elif self.text.startswith("(?:", self.at):
            self.at += 3
        elif self.text.startswith("(?P<", self.at):
            self._name()
        elif _FLAGS.match(self.text, self.at):
            raise NotSure("it sets flags")
        elif self.text.startswith("(?<", self.at) and self.text[self.at + 3 : self.at + 4] not in ("=", "!"):
            raise NotSure("whether (?<name>...) is known depends on the version of Go")
        else:
            raise InvalidInGo(f"{self.text[self.at : self.at + 4]} is not known")
        if len(self.groups) > DEEPEST_GROUP:
            raise NotSure("its parentheses are nested very deeply")
        self.groups.append(_Group())
        self.out.append("(?:")
        self.atom = None

    def _name(self) -> None:
        found = _GROUP.match(self.text, self.at)
        if found is None:
            raise InvalidInGo("the name of a group is wrong")
        self.at = found.end()

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise InvalidInGo("a parenthesis is closed that was not opened")
        group = self.groups.pop()
        self.at += 1
        self.out.append(")")
        self.atom = _Atom(group.weight, group.repeats)
        self._note(self.atom)

    def _note(self, atom: _Atom) -> None:
        """Tell the open group what is in it."""
        outer = self.groups[-1]
        outer.weight = max(outer.weight, atom.weight)
        outer.repeats = outer.repeats or atom.repeats

    def _counted(self) -> None:
        found = _COUNT.match(self.text, self.at)
        if found is None:
            # Go takes a brace that begins no repetition as itself, {,5} for example.
            self.at += 1
            self._emit(r"\{")
            return
        if len(found[0]) > 20:
            raise InvalidInGo("a repetition is counted too high")
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else -1
        if max(least, most) > MOST_REPEATS or 0 <= most < least:
            raise InvalidInGo(f"{found[0]} is not a repetition")
        self._repeat(found[0], least, most)

    def _repeat(self, operator: str, least: int, most: int) -> None:
        """most: -1 for no limit."""
        atom = self.atom
        if atom is None:
            raise InvalidInGo(f"there is nothing before {operator} to repeat")
        if atom.repeated:
            raise InvalidInGo(f"{operator} follows another repetition")
        weight = atom.weight * (max(least, 1) if most == -1 else most) or 1
        if weight > MOST_REPEATS:
            raise InvalidInGo(f"its repetitions come to more than {MOST_REPEATS}")
        if atom.repeats and most not in (0, 1):
            # Go needs linear time for these, Python may need exponential time.
            raise NotSure("it repeats a repetition, which could take very long here")
        self.at += len(operator)
        # Which match is found first does not matter, only whether there is one.
        self.at += self.text.startswith("?", self.at)
        self.out.append(operator)
        self.atom = dataclasses.replace(atom, weight=weight, repeats=atom.repeats or least != most, repeated=True)
        self._note(self.atom)

    def _escape(self) -> str:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind == "Q":
            raise NotSure(r"it quotes with \Q")
        if kind in ("p", "P"):
            raise NotSure("it names a class of Unicode")
        if kind and kind in _ASSERTIONS:
            self.at += 2
            return _ASSERTIONS[kind]
        perl = self.perl_class()
        return perl if perl is not None else re.escape(self.character())

    def perl_class(self) -> str | None:
        r"""\d, \w, \s and their opposites, as a class of its own."""
        kind = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] != "\\" or not kind or kind.lower() not in _PERL_CLASSES:
            return None
        self.at += 2
        return f"[{'^' if kind.isupper() else ''}{_PERL_CLASSES[kind.lower()]}]"

    def character(self) -> str:
        """One character that stands for itself, escaped or not."""
        char = self.text[self.at]
        if char != "\\":
            self.at += 1
            return char
        kind = self.text[self.at + 1 : self.at + 2]
        if not kind:
            raise InvalidInGo("it ends in a backslash")
        for form, base in ((_HEX, 16), (_OCTAL, 8)):
            found = form.match(self.text, self.at)
            if found:
                return self._code(found, base)
        if kind in _CONTROLS or (kind.isascii() and not kind.isalnum()):
            self.at += 2
            return _CONTROLS.get(kind, kind)
        raise InvalidInGo(f"\\{kind} is not known")

    def _code(self, found: re.Match[str], base: int) -> str:
        digits = next(group for group in found.groups() if group is not None)
        code = int(digits, base)
        if code > 0x10FFFF:
            raise InvalidInGo(f"{found[0]} is no character")
        self.at = found.end()
        return chr(code)


def _class(reader: _Reader) -> str:
    """A character class in brackets."""
    text = reader.text
    reader.at += 1
    negated = text.startswith("^", reader.at)
    reader.at += negated
    parts: list[str] = []
    opposites: list[str] = []
    first = True
    while first or not text.startswith("]", reader.at):
        first = False
        if reader.at >= len(text):
            raise InvalidInGo("a bracket is not closed")
        if text.startswith("[:", reader.at):
            raise NotSure("it names a class like [:alpha:]")
        if text.startswith((r"\p", r"\P"), reader.at):
            raise NotSure("it names a class of Unicode")
        perl = reader.perl_class()
        if perl is None:
            parts.append(_range(reader))
        elif perl.startswith("[^"):
            opposites.append(perl)
        else:
            parts.append(perl[1:-1])
    reader.at += 1
    return _joined("".join(parts), opposites, negated)


def _joined(parts: str, opposites: t.Sequence[str], negated: bool) -> str:
    choices = [*([f"[{parts}]"] if parts else []), *opposites]
    if not negated:
        return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"
    if not opposites:
        return f"[^{parts}]"
    return f"(?:(?!{'|'.join(choices)})[\\s\\S])"


def _range(reader: _Reader) -> str:
    first = last = reader.character()
    if reader.text.startswith("-", reader.at) and reader.text[reader.at + 1 : reader.at + 2] not in ("", "]"):
        reader.at += 1
        last = reader.character()
        if last < first:
            raise InvalidInGo(f"the range {first}-{last} is the wrong way round")
    return _code_point(first) if first == last else f"{_code_point(first)}-{_code_point(last)}"


def _code_point(char: str) -> str:
    return f"\\U{ord(char):08x}"
