"""Text from outside on its way into a page: what would be markup, a link that runs something, or no character at all, is made harmless."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

# What XML, and so HTML, does not take: control characters and halves of characters.
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|~-])")
_UNSAFE_IN_LINK = re.compile(r"[\s\"'<>\\`()\[\]{}|]")


def plain(value: t.Any) -> str:
    """As text; None is V('')."""
    return "" if value is None else _NO_CHARACTER.sub("", str(value))


def safe_link(value: t.Any) -> str:
    """The address, if it is one of the web that a page may lead to, else V('')."""
    text = plain(value).strip()
    try:
        parts = urllib.parse.urlsplit(text)
    except ValueError:
        return ""
    harmless = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not _UNSAFE_IN_LINK.search(text)
    return text if harmless else ""


def in_markdown(value: t.Any) -> str:
    """In one line, with everything that Markdown or HTML would take for markup escaped."""
    text = " ".join(plain(value).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", text)
