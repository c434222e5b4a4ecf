"""What every changing module returns: the plan, and the difference that diff mode shows."""

from __future__ import annotations

import dataclasses
import json
import typing as t

Disruption = t.Literal["none", "restart", "reimage"]


@dataclasses.dataclass(frozen=True)
class Change:
    """One property that will change. C(path) is the property's path in the resource, joined with dots."""

    path: str
    before: t.Any
    after: t.Any
    disruption: Disruption = "none"

    def to_dict(self) -> dict[str, t.Any]:
        """As an item of C(plan) in module results."""
        return dataclasses.asdict(self)


def diff(header: str, before: t.Any, after: t.Any) -> dict[str, str]:
    """Ansible's diff of two JSON values; C(header) names the thing that they describe."""

    def text(value: t.Any) -> str:
        return json.dumps(value, indent=2, sort_keys=True) + "\n"

    return {"before_header": header, "after_header": header, "before": text(before), "after": text(after)}
