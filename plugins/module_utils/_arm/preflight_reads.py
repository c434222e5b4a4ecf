"""What preflight rules need of Azure; what may not be read is told and is no failure."""

from __future__ import annotations

import typing as t

from .client import ArmClient
from .errors import ArmError
from .features import Features


def feature_state(client: ArmClient, feature: str) -> tuple[str | None, str]:
    """The state of a preview feature and V(''), or nothing and why it may not be read."""
    return _readable(lambda: Features(client).state(feature), f"the state of the feature {feature}")


def provider_state(client: ArmClient) -> tuple[str | None, str]:
    """The state of AKS's resource provider and V(''), or nothing and why it may not be read."""
    return _readable(Features(client).provider_state, "the state of the resource provider")


def _readable(read: t.Callable[[], str], what: str) -> tuple[str | None, str]:
    try:
        return read(), ""
    except ArmError as exc:
        if exc.status != 403:
            raise
        return None, f"{what} may not be read: {exc.message.rstrip('.')}"
