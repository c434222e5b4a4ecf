"""Where statements of nft text begin and end, exactly as nft's own scanner sees it: the fence around what users declare.

nft knows no escapes: a quoted text ends at the next quote. A comment ends with its line, even behind a backslash.
"""

from __future__ import annotations

import re
import typing as t

# What gives text its structure; everything else is looked at by nft alone.
_MARK = re.compile(r'"[^"\n]*"?|#[^\n]*|\\[\n*]?|[{};\n]')
_SPACE = re.compile(r"[ \t\n]+")
# Lines that are one statement each, as nearly all rules are: a shortcut.
_PLAIN = r'[^"#\\{};\n]'
_LINES = re.compile(rf'(?:{_PLAIN}*(?:(?:"[^"\n]*"|\{{ {_PLAIN}* \}}){_PLAIN}*)*\n)+')
# The same where line ends are spaces.
_LIST_MARK = re.compile(_MARK.pattern.replace("[{};\\n]", "[{};]"))
# They would make a listing unreadable: control characters, other line ends, broken UTF-8.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Before the brace of a chain without a name, in which lines are statements.
_NESTED = re.compile(r"(?:^|\s)(?:jump|goto)\s*$")
# How statements of a chain begin that make no rule.
CHAIN_HEADERS = frozenset({"type", "policy", "comment", "flags", "device", "devices", "define"})


class Malformed(Exception):
    """Text that does not keep to itself. reason: a clause without a full stop. line: from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


class Statement(t.NamedTuple):
    """text: on one line, without comments; of a block, what stands before its brace. start, end: where it is in the whole text. line: from 1."""

    text: str
    line: int
    start: int
    end: int
    body: tuple[Statement, ...] | None = None

    @property
    def word(self) -> str:
        """The first one."""
        return self.text.partition(" ")[0]


def statements(text: str, *blocks: str) -> tuple[Statement, ...]:
    """The statements of a text.

    blocks: per level the word that starts a statement whose braces hold statements again; other braces are part of their statement.
    Raises Malformed.
    """
    if found := _UNSAFE.search(text):
        raise Malformed(f"the character {found[0]!a} has no place in it", _line(text, found.start()))
    return _Reader(text).read(blocks, None)


def words(text: str, wanted: t.Iterable[str]) -> t.Iterator[tuple[str, int]]:
    """Every one of the wanted words outside quotes and comments, with its place."""
    wanted = [word for word in wanted if word in text]
    if wanted:
        blank = _MARK.sub(lambda mark: mark[0] if mark[0][0] not in '"#' else " " * len(mark[0]), text)
        for found in re.finditer(rf"(?<![\w./-])(?:{'|'.join(wanted)})(?![\w./-])", blank, re.ASCII):
            yield found[0], found.start()


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


class _Part:
    """A statement while it is read."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        # Per open brace: what a line end means there.
        self.inner: list[str] = []
        self.start = self.line = self.brace = 0

    @property
    def text(self) -> str:
        return "".join(self._pieces).rstrip()

    @property
    def word(self) -> str:
        return self._pieces[0].partition(" ")[0] if self._pieces else ""

    def add(self, piece: str, start: int, line: int) -> None:
        """piece: quoted text, or such with no more than one space in a row."""
        last = self._pieces[-1] if self._pieces else " "
        if piece[0] == " " and last[-1] == " ":
            piece = piece[1:]
        elif piece == "; " and last.rstrip()[-1:] in ("{", ";"):
            piece = " " if last[-1] != " " else ""
        if piece:
            if not self._pieces:
                self.start, self.line = start, line
            self._pieces.append(piece)

    def open(self, start: int, line: int) -> None:
        before = next((piece for piece in reversed(self._pieces) if piece != " "), "")
        self.inner.append("; " if _NESTED.search(before) else " ")
        self.brace = self.brace if len(self.inner) > 1 else line
        self.add("{", start, line)

    def done(self, end: int, body: tuple[Statement, ...] | None = None) -> tuple[Statement, ...]:
        text = self.text
        return (Statement(text, self.line, self.start, end, body),) if text else ()


class _Reader:
    """Goes through the text once, from mark to mark."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def read(self, blocks: tuple[str, ...], opened: int | None) -> tuple[Statement, ...]:
        """To the brace that closes the block that began in line opened; to the end of the text when that is None."""
        found: list[Statement] = []
        part = _Part()
        while True:
            if not (blocks or part.inner or part.word):
                found += self._lines()
            mark = (_LIST_MARK if part.inner[-1:] == [" "] else _MARK).search(self._text, self._at)
            if not mark:
                break
            self._take(part, mark.start())
            sign, start, self._at = mark[0], mark.start(), mark.end()
            if sign == "{" and not part.inner and blocks and part.word == blocks[0]:
                body = self.read(blocks[1:], self._line)
                found += part.done(self._at, body)
                part = _Part()
            elif sign == "}" and not part.inner:
                if opened is None:
                    raise Malformed("this brace closes nothing", self._line)
                return (*found, *part.done(start))
            elif sign in ";\n" and not part.inner:
                found += part.done(start)
                part = _Part()
            else:
                self._within(part, sign, start)
            self._line += sign[-1] == "\n"
        self._take(part, len(self._text))
        if part.inner or opened is not None:
            raise Malformed("the brace that opens here is not closed", part.brace if part.inner else opened or 1)
        return (*found, *part.done(len(self._text)))

    def _lines(self) -> list[Statement]:
        """Those from here on that need no second look."""
        found: list[Statement] = []
        lines = _LINES.match(self._text, self._at)
        at, number = self._at, self._line
        for line in lines[0].split("\n")[:-1] if lines else ():
            text = line.strip(" \t")
            if "  " in text or "\t" in text:
                break
            if text:
                start = at + line.index(text)
                found.append(Statement(text, number, start, start + len(text)))
            at, number = at + len(line) + 1, number + 1
        self._at, self._line = at, number
        return found

    def _take(self, part: _Part, end: int) -> None:
        """What stands between two marks."""
        if plain := self._text[self._at : end]:
            part.add(_SPACE.sub(" ", plain), self._at + len(plain) - len(plain.lstrip(" \t\n")), self._line)
            self._line += plain.count("\n")

    def _within(self, part: _Part, sign: str, start: int) -> None:
        """A mark that is part of a statement."""
        if sign == "{":
            part.open(start, self._line)
        elif sign == "}":
            part.inner.pop()
            part.add(sign, start, self._line)
        elif sign[0] == '"':
            if len(sign) == 1 or sign[-1] != '"':
                raise Malformed("a quoted text has to end in the line in which it begins", self._line)
            part.add(sign, start, self._line)
        elif sign[0] == "\\":
            if len(sign) == 1:
                raise Malformed("outside of quotes a backslash has to end its line, or stand before *", self._line)
            part.add(" " if sign == "\\\n" else sign, start, self._line)
        elif sign[0] != "#":
            # A semicolon within braces, or a line end that means one.
            part.add("; ", start, self._line)
