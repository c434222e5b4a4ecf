"""Readers of what Cilium's agent and AKS's iptables monitor say; what makes no sense is left open, never taken as good."""

from __future__ import annotations

import datetime
import typing as t

from ..._common.errors import DataplaneError
from ..._common.json_text import read_json_or_none
from ..times import read_time
from .model import BPF, LEGACY, AgentAnswers

_ROUTING = {"BPF": BPF, "Legacy": LEGACY}

_RULE = "Unexpected rule: "
# The monitor's last line about a round over all tables. It checks again every few minutes, so only the last round shows what is there now.
_ROUND_ENDS = "detected in IPv4 iptables"


def agent_status(text: str) -> AgentAnswers:
    """The answer of C(cilium-dbg status -o json): up to 1.15 it has C(host-routing), later C(routing)."""
    document = read_json_or_none(text)
    if not isinstance(document, dict):
        return AgentAnswers(errors=("its Cilium agent's status is no JSON object",))
    named = [_text(document, "routing", "intra-host-routing-mode"), _text(document, "host-routing", "mode")]
    spelled = sorted({name for name in named if name is not None})
    routing = _ROUTING.get(spelled[0]) if len(spelled) == 1 else None
    strange = () if routing or not spelled else (f"its Cilium agent names the host routing mode {' and '.join(spelled)}",)
    return AgentAnswers(
        routing=routing,
        masquerading=_text(document, "masquerading", "mode"),
        kube_proxy_replacement=_text(document, "kube-proxy-replacement", "mode"),
        errors=strange,
    )


def _text(document: t.Mapping[str, t.Any], part: str, key: str) -> str | None:
    value = document.get(part)
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) and found else None


def unexpected_rules(log: t.Iterable[str]) -> tuple[str, ...]:
    """The rules that the monitor's log names in its last round, each once, in their order."""
    rounds: list[dict[str, None]] = [{}]
    for line in log:
        _before, found, rule = line.partition(_RULE)
        if found:
            rounds[-1][rule.strip()] = None
        elif _ROUND_ENDS in line:
            rounds.append({})
    return tuple(next((rules for rules in reversed(rounds) if rules), {}))


def read_since(text: str | None) -> datetime.datetime | None:
    """The module's option C(since). Raises DataplaneError for what is no time."""
    parsed = read_time(text)
    if text is not None and parsed is None:
        raise DataplaneError(f"since is {text}, but must be a time in ISO 8601.", remedy="Write it as in 2026-11-21T13:00:00Z.")
    return parsed


def is_new(text: str, begin: datetime.datetime) -> bool:
    """Whether something with this time counts as not older than begin. Without a time that can be read it does."""
    when = read_time(text)
    return when is None or when >= begin
