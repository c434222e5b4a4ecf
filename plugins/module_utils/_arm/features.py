"""Preview features of Microsoft.ContainerService and the registration of that resource provider, both per subscription.

https://learn.microsoft.com/rest/api/resources/features and https://learn.microsoft.com/rest/api/resources/providers document both.
"""

from __future__ import annotations

import typing as t
from urllib.parse import quote

from .answers import check_resource, check_text, object_in, text_at
from .errors import ArmError

if t.TYPE_CHECKING:
    from .client import ArmClient

NAMESPACE = "Microsoft.ContainerService"
FEATURE_TYPE = "Microsoft.Features/providers/features"

_FEATURES_API = "2021-07-01"
_PROVIDERS_API = "2021-04-01"


class Features:
    """The features of the client's subscription. States are spelled as Azure does; compare them without regard to case.

    feature: a name without the namespace before it. Every method asks Azure, and raises ArmError for a refusal, and with the code C(BadAnswer) for
    an answer about something else.
    """

    def __init__(self, client: ArmClient) -> None:
        self._client = client

    def id(self, feature: str) -> str:
        """Its resource id; asks nobody."""
        return f"{self._subscription}/providers/Microsoft.Features/providers/{NAMESPACE}/features/{quote(feature, safe='')}"

    def state(self, feature: str) -> str:
        """V(NotRegistered), V(Pending), V(Registering), V(Registered), V(Unregistering), V(Unregistered) or V(NotSpecified)."""
        path = self.id(feature)
        return _feature_state(self._client.get(path, _FEATURES_API), path, f"GET {path}")

    def register(self, feature: str) -> str:
        """Ask for the registration; the state that it has then."""
        return self._change(feature, "register")

    def unregister(self, feature: str) -> str:
        """Ask for the end of the registration; the state that it has then."""
        return self._change(feature, "unregister")

    def provider_state(self) -> str:
        """V(NotRegistered), V(Registering), V(Registered), V(Unregistering) or V(Unregistered)."""
        return _provider_state(self._client.get(self.provider_id, _PROVIDERS_API), f"GET {self.provider_id}")

    def register_provider(self) -> str:
        """Register the resource provider (again), which passes feature states on to AKS; the state that it has then."""
        path = f"{self.provider_id}/register"
        try:
            return _provider_state(self._client.post(path, _PROVIDERS_API).body, f"POST {path}")
        except ArmError as exc:
            raise _with_needed_rights(exc, f"{NAMESPACE}/register/action", self._subscription) from exc

    def _change(self, feature: str, verb: str) -> str:
        path = self.id(feature)
        try:
            return _feature_state(self._client.post(f"{path}/{verb}", _FEATURES_API).body, path, f"POST {path}/{verb}")
        except ArmError as exc:
            raise _with_needed_rights(exc, f"Microsoft.Features/providers/features/{verb}/action", self._subscription) from exc

    @property
    def _subscription(self) -> str:
        return f"/subscriptions/{self._client.subscription_id}"

    @property
    def provider_id(self) -> str:
        """Of AKS's resource provider; asks nobody."""
        return f"{self._subscription}/providers/{NAMESPACE}"


def _feature_state(body: t.Any, path: str, what: str) -> str:
    return text_at(check_resource(body, path, FEATURE_TYPE, what), ("properties", "state"), what)


def _provider_state(body: t.Any, what: str) -> str:
    check_text(object_in(body, what), "namespace", NAMESPACE, what)
    return text_at(body, ("registrationState",), what)


def _with_needed_rights(exc: ArmError, right: str, scope: str) -> ArmError:
    """A refusal for want of rights, with the rights named; any other error as it is."""
    if exc.status != 403:
        return exc
    return ArmError(
        exc.message,
        remedy=(
            f"The identity that signs in needs {right} at the scope {scope}. Registering a feature takes both "
            f"Microsoft.Features/providers/features/register/action and {NAMESPACE}/register/action; the roles Owner and Contributor "
            "of the subscription have them. Without them, ask an owner of the subscription to register the feature."
        ),
        code=exc.code,
        details=exc.details,
    )
