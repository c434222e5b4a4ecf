"""Regular expressions as Go's package regexp (RE2 syntax) reads them."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .regexp_tree import LAST_CODE, Assertion, AssertionKind, Characters, Choice, Node, Range, Repeat, Sequence, characters, size

# Go's limit for a counted repetition, nested ones multiplied.
MOST_REPEATS = 1000
# What goes through a pattern is recursive; Go has a limit too, a higher one.
DEEPEST_GROUP = 50
# Go's limit is some hundred times higher. The time for a character grows with it.
MOST_STATES = 5000


class InvalidInGo(Exception):
    """Go refuses the pattern; the text says why."""


class NotSure(Exception):
    """The meaning of the pattern in Go is unknown here; the text says why."""


_PERL_CLASSES: t.Mapping[str, tuple[Range, ...]] = {
    "d": ((0x30, 0x39),),
    "w": ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)),
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
}
_ASSERTIONS: t.Mapping[str, AssertionKind] = {"A": "begin", "z": "end", "b": "word boundary", "B": "no word boundary"}
_OPERATORS: t.Mapping[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_SIGNS: t.Mapping[str, Node] = {"^": Assertion("begin"), "$": Assertion("end"), ".": characters([(0x0A, 0x0A)], negated=True)}
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}", re.ASCII)
_GROUP = re.compile(r"\(\?P<([0-9A-Za-z_]+)>", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*(?:-[imsU]+)?)[:)]")
_HEX = re.compile(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})")
_OCTAL = re.compile(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})", re.ASCII)


def parse(pattern: str) -> Node:
    """What a pattern means in a single line. Raises InvalidInGo, NotSure."""
    tree = _Reader(pattern).read()
    if size(tree) > MOST_STATES:
        raise NotSure("it is too large to be followed here")
    return tree


@dataclasses.dataclass(frozen=True)
class _Atom:
    """The last thing read, to which a repetition applies.

    weight: product of the counted repetitions inside it. repeated: it is a repetition itself.
    """

    node: Node
    weight: int = 1
    repeated: bool = False


class _Group:
    """An open parenthesis, and what its content is so far: choices that are complete, and the atoms of the last one."""

    def __init__(self) -> None:
        self.choices: list[Node] = []
        self.atoms: list[_Atom] = []
        self.weight = 1

    def end_choice(self) -> None:
        nodes = tuple(atom.node for atom in self.atoms)
        self.choices.append(nodes[0] if len(nodes) == 1 else Sequence(nodes))
        self.atoms = []

    def close(self) -> _Atom:
        self.end_choice()
        return _Atom(self.choices[0] if len(self.choices) == 1 else Choice(tuple(self.choices)), self.weight)


class _Reader:
    """One pass over a pattern."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.groups = [_Group()]

    def read(self) -> Node:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        if len(self.groups) > 1:
            raise InvalidInGo("a parenthesis is not closed")
        return self.groups[0].close().node

    def _step(self, char: str) -> None:
        if char == "(":
            self._open()
        elif char == ")":
            self._close()
        elif char == "|":
            self.at += 1
            self.groups[-1].end_choice()
        elif char in _OPERATORS:
            self._repeat(char, *_OPERATORS[char])
        elif char == "{":
            self._counted()
        elif char == "[":
            self._add(_Atom(_class(self)))
        elif char == "\\":
            self._add(_Atom(self._escape()))
        else:
            self.at += 1
            self._add(_Atom(_SIGNS.get(char) or _one(char)))

    def _add(self, atom: _Atom) -> None:
        group = self.groups[-1]
        group.atoms.append(atom)
        group.weight = max(group.weight, atom.weight)

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

    def _name(self) -> None:
        found = _GROUP.match(self.text, self.at)
        if found is None:
            raise InvalidInGo("the name of a group is wrong")
        self.at = found.end()

    def _close(self) -> None:
        if len(self.groups) == 1:
            raise InvalidInGo("a parenthesis is closed that was not opened")
        self.at += 1
        self._add(self.groups.pop().close())

    def _counted(self) -> None:
        found = _COUNT.match(self.text, self.at)
        if found is None:
            # Go takes a brace that begins no repetition as itself, {,5} for example.
            self.at += 1
            self._add(_Atom(_one("{")))
            return
        if len(found[0]) > 20:
            raise InvalidInGo("a repetition is counted too high")
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        highest = least if most is None else most
        if max(least, highest) > MOST_REPEATS or highest < least:
            raise InvalidInGo(f"{found[0]} is not a repetition")
        self._repeat(found[0], least, most)

    def _repeat(self, operator: str, least: int, most: int | None) -> None:
        """most: None for no limit."""
        atoms = self.groups[-1].atoms
        if not atoms:
            raise InvalidInGo(f"there is nothing before {operator} to repeat")
        atom = atoms[-1]
        if atom.repeated:
            raise InvalidInGo(f"{operator} follows another repetition")
        weight = atom.weight * (max(least, 1) if most is None else most) or 1
        if weight > MOST_REPEATS:
            raise InvalidInGo(f"its repetitions come to more than {MOST_REPEATS}")
        self.at += len(operator)
        # Which match is found first does not matter, only whether there is one.
        self.at += self.text.startswith("?", self.at)
        atoms.pop()
        self._add(_Atom(Repeat(atom.node, least, most), weight, repeated=True))

    def _escape(self) -> Node:
        kind = self.text[self.at + 1 : self.at + 2]
        if kind == "Q":
            raise NotSure(r"it quotes with \Q")
        if kind in ("p", "P"):
            raise NotSure("it names a class of Unicode")
        if kind in _ASSERTIONS:
            self.at += 2
            return Assertion(_ASSERTIONS[kind])
        return self.perl_class() or _one(self.character())

    def perl_class(self) -> Characters | None:
        r"""\d, \w, \s and their opposites, as a separate class."""
        kind = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] != "\\" or kind.lower() not in _PERL_CLASSES:
            return None
        self.at += 2
        return characters(_PERL_CLASSES[kind.lower()], negated=kind.isupper())

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
        if code > LAST_CODE:
            raise InvalidInGo(f"{found[0]} is no character")
        self.at = found.end()
        return chr(code)


def _one(char: str) -> Characters:
    return Characters(((ord(char), ord(char)),))


def _class(reader: _Reader) -> Characters:
    """A character class in brackets."""
    text = reader.text
    reader.at += 1
    negated = text.startswith("^", reader.at)
    reader.at += negated
    ranges: list[Range] = []
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
        ranges.extend([_range(reader)] if perl is None else perl.ranges)
    reader.at += 1
    return characters(ranges, negated)


def _range(reader: _Reader) -> Range:
    first = last = reader.character()
    if reader.text.startswith("-", reader.at) and reader.text[reader.at + 1 : reader.at + 2] not in ("", "]"):
        reader.at += 1
        last = reader.character()
        if last < first:
            raise InvalidInGo(f"the range {first}-{last} is the wrong way round")
    return ord(first), ord(last)
