"""Readers of what kube-proxy answers over HTTP, and of its flags; tolerant of the versions' spellings, None for what makes no sense."""

from __future__ import annotations

import re
import typing as t

from ..._common.json_text import read_json_or_none
from .model import IpvsSettings, SyncMetrics

CONFIGZ_KEY = "kubeproxy.config.k8s.io"
MODES = ("iptables", "ipvs", "nftables")

_SYNC_PREFIX = "kubeproxy_sync_proxy_rules_"
_SYNC = re.compile(r"(last_timestamp_seconds|last_queued_timestamp_seconds|\w+_failures_total)(?:\{([^}\n]*)\})?[ \t]+(\S+)")
_INVALID_DROPPED = "kubeproxy_iptables_ct_state_invalid_dropped_packets_total"
_FAMILY = re.compile(r'ip_family="([^"]*)"')
# More of anything is no count, and too many of them would be no number any more.
_FAR = 2.0**63
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def proxy_mode(text: str) -> str | None:
    """The mode in the answer to /proxyMode."""
    mode = text.strip()
    return mode if mode in MODES else None


def template_mode(arguments: t.Sequence[str]) -> str | None:
    """The mode that kube-proxy's flags ask for; none when a configuration file does, or when the mode is not a known one.

    Without the flag kube-proxy takes iptables on Linux (up to 1.39 at least; AKS then sets the flag).
    """
    if any(argument.partition("=")[0] == "--config" for argument in arguments):
        return None
    mode = flag_value(arguments, "--proxy-mode")
    return "iptables" if mode is None else mode if mode in MODES else None


def flag_value(arguments: t.Sequence[str], flag: str) -> str | None:
    """The value of a flag of kube-proxy, the last one where it is there more than once; none without it."""
    found = None
    for position, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name == flag:
            found = value if equals else next(iter(arguments[position + 1 : position + 2]), "")
    return found


def configz(text: str) -> tuple[str | None, IpvsSettings | None]:
    """Mode and IPVS settings in the answer to /configz.

    Up to 1.30 the keys are spelled as in Go (C(TCPTimeout)), later as in JSON (C(tcpTimeout)). Without a mode there it was left to the default.
    """
    document = read_json_or_none(text)
    config = _lower(document.get(CONFIGZ_KEY) if isinstance(document, dict) else None)
    mode = config.get("mode")
    return (mode if mode in MODES else None), _ipvs(config.get("ipvs"))


def _ipvs(raw: t.Any) -> IpvsSettings | None:
    settings = _lower(raw)
    if not settings:
        return None
    times = [duration(settings.get(key)) for key in ("tcptimeout", "tcpfintimeout", "udptimeout")]
    if any(seconds is None for seconds in times):
        return None
    return IpvsSettings(str(settings.get("scheduler") or ""), *(seconds or 0.0 for seconds in times))


def _lower(raw: t.Any) -> dict[str, t.Any]:
    return {str(key).lower(): value for key, value in raw.items()} if isinstance(raw, dict) else {}


def duration(text: t.Any) -> float | None:
    """Seconds of a duration in Go's spelling, for example V(15m0s)."""
    if text == "0":
        return 0.0
    if not isinstance(text, str) or not text:
        return None
    parts = _DURATION.findall(text)
    if "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def metrics(text: str) -> SyncMetrics | None:
    """What the metrics say of the rule syncs; none when they say nothing of them."""
    last_sync: dict[str, float] = {}
    last_queued: dict[str, float] = {}
    failures = 0.0
    for name, labels, number in _sync_samples(text):
        value = _number(number)
        if value is None:
            continue
        family = _FAMILY.search(labels or "")
        key = family[1] if family else ""
        if name == "last_timestamp_seconds":
            last_sync[key] = value
        elif name == "last_queued_timestamp_seconds":
            last_queued[key] = value
        else:
            failures += value
    return SyncMetrics(last_sync, last_queued, failures) if last_sync or last_queued else None


def invalid_dropped(text: str) -> int | None:
    """How many packets that conntrack called INVALID kube-proxy says, in its metrics, to have dropped; none when it does not count them."""
    position = text.find(f"\n{_INVALID_DROPPED} ")
    if position < 0:
        return None
    value = _number(text[position + 1 :].partition("\n")[0].partition(" ")[2])
    return None if value is None else int(value)


def _sync_samples(text: str) -> t.Iterator[tuple[str, str | None, str]]:
    """Name (without prefix), labels and value of the samples that matter. A plain search finds them: the text is long, and they are few."""
    position = text.find(_SYNC_PREFIX)
    while position >= 0:
        start = position + len(_SYNC_PREFIX)
        match = _SYNC.match(text, start)
        if match and (position == 0 or text[position - 1] == "\n"):
            yield match[1], match[2], match[3]
        position = text.find(_SYNC_PREFIX, start)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < _FAR else None
