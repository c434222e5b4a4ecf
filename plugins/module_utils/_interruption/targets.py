"""What a probe asks while a run switches a cluster, as the variable of the operator has it."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

from .._common.credential_patterns import MASK
from .._common.errors import DataplaneError
from .._common.spelling import did_you_mean
from .target import CLUSTER, CONTROLLER, INTERVAL, OWN_NODE, TIMEOUT, Target

VARIABLE = "aks_dataplane_probe"
KEYS = ("name", "url", "tcp", "interval", "timeout", "max_gap", "from")
PLACES = (CONTROLLER, CLUSTER)
# So many are one process's work on a small controller: 200 connections a second.
MOST = 10

_INTERVALS = (0.05, 0.2)
_TIMEOUTS = (0.1, 5.0)
_GAPS = (0.05, 600.0)
_LONGEST_NAME = 60
_EXAMPLE = "{name: web, tcp: 203.0.113.7:443, max_gap: 5}"
_PORTS = {"http": 80, "https": 443}
# What a request line can hold, so that nobody writes a second header into it.
_ADDRESS = re.compile(r"[\x21-\x7e]{1,2000}")
_TCP = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\s\[\]:/@?#]+)):(?P<port>\d{1,5})")


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
    start = _place(given.get("from"), where)
    ways = [key for key in ("url", "tcp") if given.get(key)]
    if len(ways) != 1:
        raise _wrong(f"{where} {'has both url and tcp' if ways else 'has neither url nor tcp'}, but needs one of them")
    address = given[ways[0]]
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address.strip()):
        raise _wrong(f"{where} has a {ways[0]} with blanks, with other characters than those of ASCII, or that is no text")
    parts = _of_url(address.strip(), where) if ways == ["url"] else _of_tcp(address.strip(), where)
    gap = given.get("max_gap")
    target = Target(
        name,
        **parts,
        interval=_seconds(given.get("interval", INTERVAL), "interval", _INTERVALS, where),
        timeout=_seconds(given.get("timeout", TIMEOUT), "timeout", _TIMEOUTS, where),
        max_gap=None if gap is None else _seconds(gap, "max_gap", _GAPS, where),
        place=start,
    )
    _check_for_cluster(target, where)
    return target


def _place(given: t.Any, where: str) -> str:
    if given in (None, *PLACES):
        return str(given or CONTROLLER)
    raise _wrong(f"{where} has a from that is neither controller nor cluster")


def _check_for_cluster(target: Target, where: str) -> None:
    """What stands in an object of Kubernetes can be read by others; and only pods know what node they are on."""
    if target.place == CLUSTER and "?" in target.request:
        raise DataplaneError(
            f"{where} has from: cluster and a url with a query, which would be kept in a ConfigMap.",
            remedy="Leave the query out, or use tcp.",
            code="WrongProbe",
        )
    if target.place != CLUSTER and target.host == OWN_NODE:
        raise _wrong(f"{where} has the host {OWN_NODE}, which needs from: cluster")


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
        raise _wrong(f"{where} needs {key} as a number of seconds from {limits[0]:g} to {limits[1]:g}")
    return number


def _wrong(what: str, question: str = "") -> DataplaneError:
    return DataplaneError(f"{what}.{question}", remedy=f"Write a target as {_EXAMPLE}.", code="WrongProbe")
