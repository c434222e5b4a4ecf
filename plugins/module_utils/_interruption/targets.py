"""What a probe asks while a run switches a cluster, as the variable of the operator has it."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import urllib.parse

from .._common.credential_patterns import MASK
from .._common.errors import DataplaneError
from .._common.spelling import did_you_mean

VARIABLE = "aks_dataplane_probe"
KEYS = ("name", "url", "tcp", "interval", "timeout", "max_gap", "from")
PLACES = ("controller", "cluster")
# So many are one process's work on a small controller: 200 connections a second.
MOST = 10

_INTERVALS, _INTERVAL = (0.05, 0.2), 0.1
_TIMEOUTS, _TIMEOUT = (0.1, 5.0), 0.5
_GAPS = (0.05, 600.0)
_LONGEST_NAME = 60
_EXAMPLE = "{name: web, tcp: 203.0.113.7:443, max_gap: 5}"
_PORTS = {"http": 80, "https": 443}
# What a request line can hold, so that nobody writes a second header into it.
_ADDRESS = re.compile(r"[\x21-\x7e]{1,2000}")
_TCP = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\s\[\]:/@?#]+)):(?P<port>\d{1,5})")


@dataclasses.dataclass(frozen=True)
class Target:
    """host, port: where a connection goes. request: path and query of the HEAD request, V('') where connecting is all. tls: whether it is encrypted.

    shown: the address without users, passwords and queries, which is all that is kept and printed of it.
    interval, timeout: seconds between two tries, and until an answer counts as late. max_gap: seconds, None where nothing is limited.
    """

    name: str
    host: str
    port: int
    request: str
    tls: bool
    shown: str
    interval: float = _INTERVAL
    timeout: float = _TIMEOUT
    max_gap: float | None = None


def read_targets(given: t.Any) -> tuple[Target, ...]:
    """In the order given; DataplaneError with the code WrongProbe for what has another shape. No message quotes an address."""
    if given is None:
        return ()
    if not isinstance(given, (list, tuple)):
        raise _wrong(f"{VARIABLE} must be a list")
    if len(given) > MOST:
        raise _wrong(f"{VARIABLE} has {len(given)} targets, but may have {MOST} at most")
    targets = tuple(_read(one, f"The target {number} of {VARIABLE}") for number, one in enumerate(given, 1))
    names = [one.name for one in targets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise _wrong(f"{VARIABLE} has several targets with the name {twice[0]}")
    return targets


def _read(given: t.Any, where: str) -> Target:
    if not isinstance(given, t.Mapping):
        raise _wrong(f"{where} must be a mapping")
    unknown = [str(key) for key in given if key not in KEYS]
    if unknown:
        raise _wrong(f"{where} has the unknown key {unknown[0][:_LONGEST_NAME]}", did_you_mean(unknown[0], KEYS))
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise _wrong(f"{where} has no name")
    name = " ".join(name.split())
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise _wrong(f"{where} has a name that is longer than {_LONGEST_NAME} characters, or cannot be printed")
    where = f"{where} ({name})"
    _check_place(given.get("from"), where)
    ways = [key for key in ("url", "tcp") if given.get(key)]
    if len(ways) != 1:
        raise _wrong(f"{where} {'has both url and tcp' if ways else 'has neither url nor tcp'}, but needs one of them")
    address = given[ways[0]]
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()):
        raise _wrong(f"{where} has a {ways[0]} with blanks, with other characters than those of ASCII, or that is no text")
    place = _of_url(address.strip(), where) if ways == ["url"] else _of_tcp(address.strip(), where)
    gap = given.get("max_gap")
    return Target(
        name,
        **place,
        interval=_seconds(given.get("interval", _INTERVAL), "interval", _INTERVALS, where),
        timeout=_seconds(given.get("timeout", _TIMEOUT), "timeout", _TIMEOUTS, where),
        max_gap=None if gap is None else _seconds(gap, "max_gap", _GAPS, where),
    )


def _check_place(given: t.Any, where: str) -> None:
    if given in (None, PLACES[0]):
        return
    if given == PLACES[1]:
        raise DataplaneError(
            f"{where} has from: cluster, which this version cannot do: it measures from the Ansible controller alone.",
            remedy="Leave out from, and give an address that the controller reaches, such as that of a load balancer or of a node.",
            code="WrongProbe",
        )
    raise _wrong(f"{where} has a from that is not controller")


def _of_url(address: str, where: str) -> dict[str, t.Any]:
    try:
        parts = urllib.parse.urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _wrong(f"{where} has a url that is none") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _wrong(f"{where} has a url that does not begin with http:// or https:// and a host")
    query = f"?{parts.query}" if parts.query else ""
    at = parts.netloc.rpartition("@")[2]
    user = f"{MASK}@" if parts.username is not None else ""
    return {
        "host": parts.hostname,
        "port": port,
        "request": f"{parts.path or '/'}{query}",
        "tls": parts.scheme == "https",
        "shown": f"{parts.scheme}://{user}{at}{parts.path}{f'?{MASK}' if query else ''}",
    }


def _of_tcp(address: str, where: str) -> dict[str, t.Any]:
    found = _TCP.fullmatch(address)
    port = int(found["port"]) if found else 0
    if not found or not 1 <= port <= 65535:
        raise _wrong(f"{where} has a tcp that is not host:port, such as 203.0.113.7:443 or [2001:db8::7]:443")
    return {"host": found["six"] or found["host"], "port": port, "request": "", "tls": False, "shown": address}


def _seconds(value: t.Any, key: str, limits: tuple[float, float], where: str) -> float:
    """Also as text, which is what surveys give."""
    try:
        number = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError):
        number = 0.0
    if not limits[0] <= number <= limits[1]:
        raise _wrong(f"{where} has a {key} that is no number of seconds from {limits[0]:g} to {limits[1]:g}")
    return number


def _wrong(what: str, question: str = "") -> DataplaneError:
    return DataplaneError(f"{what}.{question}", remedy=f"Write a target as {_EXAMPLE}.", code="WrongProbe")
