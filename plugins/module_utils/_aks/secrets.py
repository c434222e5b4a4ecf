"""What may be a secret in the body of a cluster: known by where it stands, whatever the version of the interface calls it."""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from .._common.credential_patterns import MASK

# A key that names a secret, or what holds one.
_NAMES_SECRET = re.compile(r"(?i)passw|pwd|secret|token|credential|connection_?string|(?:private|access|account|api|shared|sas)_?key")
# Keys that name no secret, with free text below them in which there can be one: a proxy has a password, an add-on has custom settings.
_MAY_HOLD = frozenset({"httpproxyconfig", "config"})
_SWITCHES = frozenset({"true", "false"})
# Shorter ones are words that would be cut out of ordinary sentences. A key that names a secret has no such limit.
SHORTEST = 4
_USER = re.compile(r"://([^\s/\"'<>]+)@")


def secrets_of(body: t.Any, public: t.Iterable[str] = ()) -> set[str]:
    """All texts that may be secrets, in each form in which somebody may quote them.

    public: what everybody may read, such as the name of the cluster. A text that is part of it is no secret, wherever it stands.
    """
    found = {form for text in _texts(body, "", inside=False) for form in _forms(text)}
    return {text for text in found if not any(text in known for known in public)}


def without_secrets(body: t.Any) -> t.Any:
    """The same body with MASK for each text that may be a secret."""
    return _masked(body, "", inside=False)


def _may_be_secret(text: str, key: str, inside: bool) -> bool:
    """key: the nearest one above the text. inside: whether a key above that one, or it itself, is one of those that may hold secrets."""
    if not text or text.lower() in _SWITCHES:
        return False
    return bool(_NAMES_SECRET.search(key)) or (inside and len(text) >= SHORTEST)


def _is_inside(key: str, inside: bool) -> bool:
    return inside or key.lower() in _MAY_HOLD or bool(_NAMES_SECRET.search(key))


def _texts(node: t.Any, key: str, inside: bool) -> t.Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _texts(value, str(name), _is_inside(str(name), inside))
    elif isinstance(node, (list, tuple)):
        for item in node:
            yield from _texts(item, key, inside)
    elif isinstance(node, str):
        if _may_be_secret(node, key, inside):
            yield node
        # Wherever it stands, the user of a URL is one.
        for user in _USER.findall(node):
            yield user
            password = user.partition(":")[2]
            if len(password) >= SHORTEST:
                yield password
    elif isinstance(node, (int, float)) and not isinstance(node, bool) and _may_be_secret(str(node), key, inside):
        yield str(node)


def _forms(text: str) -> t.Iterator[str]:
    for form in (text, urllib.parse.unquote(text)):
        yield form
        yield urllib.parse.quote(form, safe="")
        # As JSON has it between its quotation marks.
        yield json.dumps(form)[1:-1]
        yield json.dumps(form, ensure_ascii=False)[1:-1]


def _masked(node: t.Any, key: str, inside: bool) -> t.Any:
    if isinstance(node, dict):
        return {name: _masked(value, str(name), _is_inside(str(name), inside)) for name, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_masked(item, key, inside) for item in node]
    if isinstance(node, str):
        return MASK if _may_be_secret(node, key, inside) else _USER.sub("://", node)
    if isinstance(node, (int, float)) and not isinstance(node, bool) and _may_be_secret(str(node), key, inside):
        return MASK
    return node
