# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a page of the documentation asks its reader to do, in its order: files to write, commands to run, data to understand.

In RST pages these are ``code-block`` directives, in Markdown pages fenced blocks:

* shell: every line is a command, as it can be copied; a trailing backslash goes on with the next line.
* output: what the last command of the block above prints, cut where it says "...".
* yaml, json, ini with a caption (RST), or with a first line "# some/file.yml" (Markdown): a file.
* yaml, json without one: data; tasks and plays among it are recognised by their keys.
* text: nothing to do.

Any other block is an error, so that nothing is passed over in silence.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import pathlib
import re
import textwrap
import typing as t

SHELL, OUTPUT = "shell", "output"
FILES = ("yaml", "json", "ini")
ILLUSTRATIONS = ("text", "nft")


class NotUnderstood(Exception):
    """A block that is none of the above."""


@dataclasses.dataclass(frozen=True)
class Block:
    """One block of code as it stands in the page. line: its number; caption: empty when it has none."""

    language: str
    caption: str
    text: str
    line: int


@dataclasses.dataclass(frozen=True)
class File:
    """To be written, below the folder where the reader is."""

    path: str
    text: str


@dataclasses.dataclass(frozen=True)
class Command:
    """shown: what the page shows of its output; empty when that is nothing."""

    text: str
    line: int
    shown: str = ""


@dataclasses.dataclass(frozen=True)
class Data:
    """YAML or JSON that is shown only."""

    text: str
    line: int


Step = File | Command | Data

_DIRECTIVE = re.compile(r"^( *)\.\. +(?P<name>code-block|code|sourcecode|literalinclude|parsed-literal|highlight)::(?P<argument>.*)$")
_OPTION = re.compile(r"^ +:(?P<name>[a-z-]+):(?P<value>.*)$")
_FENCE = re.compile(r"^( *)```(?P<language>.*)$")


def steps(page: pathlib.Path) -> list[Step]:
    text = page.read_text(encoding="utf-8")
    blocks = rst_blocks(text) if page.suffix == ".rst" else markdown_blocks(text)
    found: list[Step] = []
    before = ""
    for block in blocks:
        if block.language == OUTPUT:
            last = found[-1] if found else None
            if before != SHELL or not isinstance(last, Command):
                raise NotUnderstood(f"line {block.line}: output that follows no command")
            found[-1] = dataclasses.replace(last, shown=block.text)
        else:
            found += _steps(block)
        before = block.language
    return found


def rst_blocks(text: str) -> t.Iterator[Block]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        found = _DIRECTIVE.match(line)
        if found is None:
            if line.endswith("::") and not line.lstrip().startswith(".. "):
                raise NotUnderstood(f"line {number + 1}: a literal block, where a code-block says what it is")
            continue
        if found["name"] != "code-block":
            raise NotUnderstood(f"line {number + 1}: {found['name']}, where only code-block is understood")
        deeper = functools.partial(_is_inside, len(found[1]))
        inside = list(itertools.takewhile(deeper, lines[number + 1 :]))
        options = list(itertools.takewhile(str.strip, inside))
        values = {option["name"]: option["value"].strip() for option in map(_OPTION.match, options) if option}
        yield Block(
            found["argument"].strip(),
            values.get("caption", ""),
            textwrap.dedent("\n".join(inside[len(options) :])).strip("\n") + "\n",
            number + 1,
        )


def _is_inside(indent: int, line: str) -> bool:
    return not line.strip() or len(line) - len(line.lstrip()) > indent


def markdown_blocks(text: str) -> t.Iterator[Block]:
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        found = _FENCE.match(line)
        if found is None:
            continue
        inside = "\n".join(one for _line, one in itertools.takewhile(lambda item: item[1].strip() != "```", lines))
        body = textwrap.dedent(inside) + "\n"
        named = re.match(r"# (\S+\.(?:yml|yaml|json|ini))\n", body)
        yield Block(found["language"].strip(), named[1] if named else "", body, number)


def _steps(block: Block) -> t.Iterator[Step]:
    if block.language == SHELL:
        yield from commands(block)
    elif block.language in FILES and block.caption:
        yield File(block.caption, block.text)
    elif block.language in FILES[:2]:
        yield Data(block.text, block.line)
    elif block.language not in ILLUSTRATIONS:
        raise NotUnderstood(f"line {block.line}: nobody knows how to treat a block of {block.language or 'no language'}")


def commands(block: Block) -> t.Iterator[Command]:
    """Of a shell; NotUnderstood when it has none, or one that cannot be copied."""
    lines = [(number, line) for number, line in enumerate(block.text.splitlines(), block.line) if line.strip()]
    if not lines:
        raise NotUnderstood(f"line {block.line}: a shell without a command")
    for number, line in lines:
        if line.startswith(("$ ", "# ", "> ")):
            raise NotUnderstood(f"line {number}: a prompt or a comment, where only a command can be copied")
    rest = iter(lines)
    for number, line in rest:
        command = line
        while command.endswith("\\"):
            command += "\n" + next(rest, (0, ""))[1]
        yield Command(command, number)


def is_printed(shown: str, output: str) -> bool:
    """Whether a program has printed what a page shows, in this order. "..." stands for anything; widths, line ends and rows of asterisks do not count."""
    place, printed = 0, _plain(output)
    for piece in map(_plain, shown.split("...")):
        found = printed.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\*{3,}", "***", text).split())
