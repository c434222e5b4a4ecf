"""Which credentials to use: a choice between what the operator gave in different places. Pure; nothing here signs in."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._common.empty_options import is_empty
from .._common.errors import DataplaneError

Kind = t.Literal["oidc_token", "oidc_token_file_path", "secret", "x509_certificate_path", "managed_identity", "cli"]

# In this order, when one place has several.
PROOFS: tuple[Kind, ...] = ("oidc_token", "oidc_token_file_path", "secret", "x509_certificate_path")
IDENTITY = ("subscription_id", "tenant", "client_id", "cloud_environment")

# The spellings of azure.azcollection and AWX stand before those of azure-identity.
ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "subscription_id": ("AZURE_SUBSCRIPTION_ID",),
    "tenant": ("AZURE_TENANT", "AZURE_TENANT_ID"),
    "client_id": ("AZURE_CLIENT_ID",),
    "secret": ("AZURE_SECRET", "AZURE_CLIENT_SECRET"),
    "x509_certificate_path": ("AZURE_X509_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PATH"),
    "oidc_token": ("AZURE_FEDERATED_TOKEN",),
    "oidc_token_file_path": ("AZURE_FEDERATED_TOKEN_FILE",),
    "cloud_environment": ("AZURE_CLOUD_ENVIRONMENT",),
    "ad_user": ("AZURE_AD_USER",),
    "password": ("AZURE_PASSWORD",),
}

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)

_HOW = (
    "Set client_id, tenant, subscription_id and one of secret, x509_certificate_path, oidc_token and oidc_token_file_path, as options, as "
    "AZURE_CLIENT_ID, AZURE_TENANT, AZURE_SUBSCRIPTION_ID, AZURE_SECRET and so on in the environment, or in ~/.azure/credentials, "
    "or sign in with 'az login', or use auth_source=msi on a machine with a managed identity."
)


@dataclasses.dataclass(frozen=True)
class Choice:
    """kind: how to authenticate. C(proof): the secret, the token, or the path of a file. source: where it was found, for messages."""

    kind: Kind
    source: str
    subscription_id: str
    tenant: str = ""
    client_id: str = ""
    proof: str = dataclasses.field(default="", repr=False)
    cloud_environment: str = "AzureCloud"


class CredentialSources(t.Protocol):
    """What the choice may look at besides the module's options."""

    environ: t.Mapping[str, str]

    def read_profile(self, section: str) -> t.Mapping[str, str] | None:
        """A section of ~/.azure/credentials; None when there is none."""

    def has_cli(self) -> bool:
        """Whether there is an az on PATH."""

    def cli_subscription(self) -> str:
        """Id of the subscription that the Azure CLI is set to."""


@dataclasses.dataclass(frozen=True)
class _Layer:
    """The values that one place gives, by option name; only those that are set."""

    place: str
    values: t.Mapping[str, str]

    @classmethod
    def of(cls, place: str, values: t.Mapping[str, t.Any] | None) -> _Layer:
        """values: None where the place does not exist."""
        return cls(
            place, {} if values is None else {key: str(value) for key, value in values.items() if value is not None and str(value).strip()}
        )

    def only(self, *names: str) -> _Layer:
        return _Layer(self.place, {key: value for key, value in self.values.items() if key in names})

    def proof(self) -> Kind | None:
        return next((kind for kind in PROOFS if kind in self.values), None)


def choose_credentials(params: t.Mapping[str, t.Any], sources: CredentialSources) -> Choice:
    """The credentials to use. params: the options of C(argspec.AZURE).

    Raises one error that says what is missing, where it was looked for and what to set.
    """
    options = _Layer.of("the module's options", {name: params.get(name) for name in (*IDENTITY, *PROOFS)})
    if params["auth_source"] == "options":
        return _service_principal([options]) or _fail_incomplete([options], [options.place])
    env = _Layer.of("the environment variables", _from_environment(sources.environ))
    search = _Search(options, env, (params.get("profile") or "").strip(), sources)
    searches: dict[str, t.Callable[[], Choice]] = {
        "env": search.env_only,
        "credential_file": search.file,
        "msi": search.managed_identity,
        "cli": search.cli,
        "auto": search.auto,
    }
    return searches[params["auth_source"]]()


def _from_environment(environ: t.Mapping[str, str]) -> dict[str, str | None]:
    return {
        name: next((environ[key] for key in keys if key in environ and not is_empty(environ[key])), None)
        for name, keys in ENVIRONMENT.items()
    }


@dataclasses.dataclass(frozen=True)
class _Search:
    """One method for each C(auth_source). section: of ~/.azure/credentials, as the option C(profile) names it, else empty."""

    options: _Layer
    env: _Layer
    section: str
    sources: CredentialSources

    def env_only(self) -> Choice:
        layers = [self.options.only(*IDENTITY), self.env]
        return _service_principal(layers) or _fail_incomplete(layers, [self.env.place])

    def file(self) -> Choice:
        layers = self._profile_layers()
        return _service_principal(layers) or _fail_incomplete(layers, [layers[1].place])

    def managed_identity(self) -> Choice:
        layers = [self.options, self.env]
        return Choice(
            kind="managed_identity",
            source="the managed identity of this machine",
            subscription_id=_subscription(layers),
            client_id=_value(layers, "client_id"),
            cloud_environment=_cloud(layers),
        )

    def cli(self) -> Choice:
        if not self.sources.has_cli():
            raise DataplaneError(
                "auth_source is cli, but there is no az on PATH.",
                remedy="Install the Azure CLI and sign in with 'az login', or choose another auth_source.",
                code="NoCredentials",
            )
        return self._from_cli()

    def auto(self) -> Choice:
        """The first complete one. What the operator named in the task is never passed over silently for something found elsewhere."""
        if self.section and self.options.proof() is None:
            return self.file()
        given = [self.options, self.env]
        found = _service_principal(given)
        if found:
            return found
        if {"client_id", *PROOFS} & set(self.options.values):
            return _fail_incomplete(given, [layer.place for layer in given])
        from_file = self._profile_layers()
        found = _service_principal(from_file)
        if found:
            return found
        layers = [*given, from_file[1]]
        _refuse_password(layers)
        if not self.sources.has_cli():
            return _fail_incomplete(layers, [*(layer.place for layer in layers), "the Azure CLI (there is no az on PATH)"])
        return self._from_cli()

    def _from_cli(self) -> Choice:
        layers = [self.options, self.env.only("subscription_id", "cloud_environment")]
        return Choice(
            kind="cli",
            source="the Azure CLI",
            subscription_id=_subscription(layers, self.sources.cli_subscription),
            tenant=_value(layers, "tenant"),
            cloud_environment=_cloud(layers),
        )

    def _profile_layers(self) -> list[_Layer]:
        section = self.section or self.sources.environ.get("AZURE_PROFILE", "").strip() or "default"
        given = self.sources.read_profile(section)
        profile = _Layer.of(f"section {section} of ~/.azure/credentials", given)
        # Of the environment only what does not say who signs in: client and tenant of another principal must not be mixed in.
        return [self.options.only(*IDENTITY), profile, self.env.only("subscription_id", "cloud_environment")]


def _service_principal(layers: t.Sequence[_Layer]) -> Choice | None:
    """The service principal that the layers give together, earlier ones first; None when it is incomplete."""
    owner = next((layer for layer in layers if layer.proof()), None)
    client_id, tenant = _value(layers, "client_id"), _value(layers, "tenant")
    if owner is None or not client_id or not tenant:
        return None
    kind = t.cast(Kind, owner.proof())
    return Choice(
        kind=kind,
        source=owner.place,
        subscription_id=_subscription(layers),
        tenant=tenant,
        client_id=client_id,
        proof=owner.values[kind],
        cloud_environment=_cloud(layers),
    )


def _value(layers: t.Iterable[_Layer], name: str) -> str:
    return next((layer.values[name].strip() for layer in layers if name in layer.values), "")


def _cloud(layers: t.Iterable[_Layer]) -> str:
    return _value(layers, "cloud_environment") or "AzureCloud"


def _subscription(layers: t.Sequence[_Layer], otherwise: t.Callable[[], str] = str) -> str:
    found = _value(layers, "subscription_id") or otherwise()
    if not found:
        raise DataplaneError(
            "No Azure subscription is named.",
            remedy="Set subscription_id, or AZURE_SUBSCRIPTION_ID in the environment.",
            code="NoSubscription",
        )
    check_subscription_id(found)
    return found


def check_subscription_id(text: str) -> None:
    """Refuse what is not the id of a subscription, such as its name."""
    if not _GUID.fullmatch(text):
        raise DataplaneError(
            f"subscription_id is {text}, which is not the id of a subscription.",
            remedy="Give the id (a GUID), not the name; 'az account list' shows both.",
        )


def _refuse_password(layers: t.Iterable[_Layer]) -> None:
    if any({"ad_user", "password"} & set(layer.values) for layer in layers):
        raise DataplaneError(
            "Only a user and a password were given (AZURE_AD_USER, AZURE_PASSWORD), and signing in with them is not supported: "
            "Microsoft Entra asks users for a second factor, which nobody can answer here.",
            remedy=_HOW,
            code="UserPasswordUnsupported",
        )


def _fail_incomplete(layers: t.Sequence[_Layer], places: t.Sequence[str]) -> t.NoReturn:
    _refuse_password(layers)
    missing = [name for name in ("client_id", "tenant") if not _value(layers, name)]
    if not any(layer.proof() for layer in layers):
        missing.append("a credential (secret, certificate or federated token)")
    found = sorted({name for layer in layers for name in layer.values if name in ("client_id", "tenant", *PROOFS)})
    raise DataplaneError(
        f"There are no complete credentials for Azure: missing {', '.join(missing)}"
        + (f", while {', '.join(found)} was found" if found else "")
        + f". Looked in {', '.join(places)}.",
        remedy=_HOW,
        code="NoCredentials",
        details={"missing": missing, "looked_in": list(places)},
    )
