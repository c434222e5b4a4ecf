"""Turns a choice of credentials into something that gets tokens, and its failures into one message without secrets."""

from __future__ import annotations

import os
import re
import typing as t
import urllib.parse

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .cli_state import cli_failure, cli_subscriptions, other_cloud
from .clouds import Cloud
from .connections import chain, is_connection_failure, no_answer
from .credentials import Choice
from .errors import ArmError
from .pauses import LONGEST_PAUSE, bounded_transport

CLI_TIMEOUT = 60
CONNECT_TIMEOUT = 20
READ_TIMEOUT = 60

_AADSTS = re.compile(r"AADSTS\d+")

_REMEDIES = {
    "AADSTS7000215": "Check secret: it must be the value of a client secret of this application, not the id of the secret.",
    "AADSTS7000222": "The client secret has expired; create a new one.",
    "AADSTS700016": "Check client_id and tenant: this tenant has no such application.",
    "AADSTS90002": "Check tenant: there is no such tenant in this cloud.",
    "AADSTS700027": "Check x509_certificate_path: the certificate is not registered with this application, or has expired.",
    "AADSTS700024": "The federated token has expired; get a new one.",
    "AADSTS70021": "Check the federated credential of the application: issuer, subject and audience must match those of the token.",
    "AADSTS700211": "Check the federated credential of the application: its issuer must match that of the token.",
    "AADSTS700212": "Check the federated credential of the application: its audience must match that of the token.",
    "AADSTS700213": "Check the federated credential of the application: its subject must match that of the token.",
    "AADSTS500011": (
        "Check cloud_environment: the tenant does not know the resource that the token is for. With the Azure CLI, 'az cloud show' names the cloud that "
        "it is set to."
    ),
    "AADSTS700082": "The sign-in has expired because it was not used: sign in again with 'az login'.",
    "AADSTS50173": "The sign-in was revoked: sign in again with 'az login'.",
    "AADSTS50076": "Microsoft Entra asks for a second factor: sign in again with 'az login', or use a service principal.",
}


def build_credential(choice: Choice, cloud: Cloud, transport: t.Any = None, pause: float = LONGEST_PAUSE) -> t.Any:
    """A credential for azure-core clients. No request is made yet.

    transport: of azure-core, in the place of C(bounded_transport). pause: for how many seconds a service that asks for that is left alone.
    """
    if choice.kind in ("oidc_token_file_path", "x509_certificate_path"):
        _check_file(choice)
    if choice.kind == "cli":
        _check_cli(choice, cloud)
    if transport is None:
        transport = bounded_transport(pause)(connection_timeout=CONNECT_TIMEOUT, read_timeout=READ_TIMEOUT)
    try:
        return SafeCredential(lambda: _sdk_credential(choice, cloud, transport), choice, cloud)
    except (OSError, ValueError, TypeError) as exc:
        raise DataplaneError(
            f"The credentials from {choice.source} cannot be used: {foreign(exc, _proofs(choice))}.",
            remedy="Check tenant, client_id and, if used, the certificate file (PEM or PKCS12, without password, with its private key).",
            code="BadCredentials",
        ) from None


def _check_file(choice: Choice) -> None:
    # In this order: to ask for the rights of what can be no path is another error.
    if not (os.path.isfile(choice.proof) and os.access(choice.proof, os.R_OK)):
        raise DataplaneError(
            f"{choice.kind} is {choice.proof}, but there is no file of that name that can be read.",
            remedy="Check the path; the file must be on the machine that runs the module.",
            code="BadCredentials",
        )
    if choice.kind == "oidc_token_file_path":
        _check_token(choice)


def _check_token(choice: Choice) -> None:
    """Whoever mounts the file may not have written it yet, or no longer."""
    try:
        with open(choice.proof, encoding="utf-8") as file:
            problem = "" if file.read().strip() else "is empty"
    except (OSError, ValueError) as exc:
        problem = f"cannot be read ({(exc.strerror if isinstance(exc, OSError) else '') or 'it is not text'})"
    if problem:
        raise ArmError(
            f"{choice.kind} is {choice.proof}, and that file {problem}: there is no federated token in it.",
            remedy="Check what writes the token there, for example the workload identity webhook of the pod.",
            code="BadCredentials",
        )


def _check_cli(choice: Choice, cloud: Cloud) -> None:
    """Its tokens are of the cloud that it is set to, whatever they are asked for."""
    other = other_cloud(os.environ, choice.subscription_id, cloud)
    if other:
        raise DataplaneError(
            f"The Azure CLI is set to the cloud {other}, but the cluster is in the cloud at {cloud.endpoint}.",
            remedy=f"Set cloud_environment to {other}, or have the Azure CLI sign in to the other cloud ('az cloud set', then 'az login').",
            code="BadCredentials",
        )


def _sdk_credential(choice: Choice, cloud: Cloud, transport: t.Any) -> t.Any:
    from azure import identity

    service_principal: dict[str, t.Any] = {
        "tenant_id": choice.tenant,
        "client_id": choice.client_id,
        "authority": cloud.authority,
        "disable_instance_discovery": not cloud.well_known,
        "connection_timeout": CONNECT_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        "transport": transport,
    }
    if choice.kind == "secret":
        return identity.ClientSecretCredential(client_secret=choice.proof, **service_principal)
    if choice.kind == "x509_certificate_path":
        return identity.CertificateCredential(certificate_path=choice.proof, **service_principal)
    if choice.kind == "oidc_token":
        return identity.ClientAssertionCredential(func=lambda: choice.proof, **service_principal)
    if choice.kind == "oidc_token_file_path":
        return identity.WorkloadIdentityCredential(token_file_path=choice.proof, **service_principal)
    if choice.kind == "managed_identity":
        return identity.ManagedIdentityCredential(client_id=choice.client_id or None, transport=transport)
    # It takes one of both, and knows a subscription's tenant, and who signed in to it.
    knows = any(one.id.casefold() == choice.subscription_id.casefold() for one in cli_subscriptions(os.environ))
    of_whom: dict[str, t.Any] = {"subscription": choice.subscription_id} if knows else {"tenant_id": choice.tenant}
    return identity.AzureCliCredential(**of_whom, process_timeout=CLI_TIMEOUT)


class SafeCredential:
    """A credential whose failures are foreseen errors: not azure-core's, so that its pipeline does not try again what was tried already."""

    def __init__(self, make: t.Callable[[], t.Any], choice: Choice, cloud: Cloud) -> None:
        self._make = make
        self._inner = make()
        self._choice = choice
        self._cloud = cloud

    def drop(self, token: str) -> bool:
        """This token is refused: those that the credential remembers are used no more. Whether others may have got it: no."""
        self._inner = self._make()
        return False

    def get_token(self, *scopes: str, **kwargs: t.Any) -> t.Any:
        """The protocol of azure-core. ArmError, with the AADSTS code where there is one, for every failure."""
        if self._choice.kind == "oidc_token_file_path":
            _check_token(self._choice)
        try:
            return self._inner.get_token(*scopes, **kwargs)
        except DataplaneError:
            raise
        # Three libraries are below this, which raise what they like of answers that are none, and of files that change.
        except Exception as exc:
            raise sign_in_error(exc, self._choice, self._cloud) from None


def sign_in_error(exc: BaseException, choice: Choice, cloud: Cloud) -> ArmError:
    """Why no token was given: one message, with the AADSTS code where there is one, without the secret."""
    own = next((one for one in chain(exc) if isinstance(one, ArmError)), None)
    if own is not None:
        return own
    said = next(filter(None, map(cli_failure, chain(exc))), "") if choice.kind == "cli" else ""
    text = said or str(exc)
    match = _AADSTS.search(text)
    if match is None and choice.kind not in ("cli", "managed_identity") and is_connection_failure(exc):
        return no_answer(exc, urllib.parse.urlsplit(cloud.authority).netloc, "Signing in to Azure")
    code = match.group(0) if match else "SignInFailed"
    return ArmError(
        f"Signing in to Azure with the credentials from {choice.source} failed: {_first_sentence(text, choice)}",
        remedy=_REMEDIES.get(code, _remedy(choice)),
        code=code,
    )


def _remedy(choice: Choice) -> str:
    if choice.kind == "cli":
        return (
            f"Sign in with 'az login', and check it with 'az account get-access-token --subscription {choice.subscription_id}', which must not ask "
            "anything."
        )
    if choice.kind == "managed_identity":
        return "Use auth_source=msi on Azure machines with a managed identity only; when there are several, give the client_id of one."
    return "Check client_id, tenant, cloud_environment and the secret, certificate or token."


def _first_sentence(text: str, choice: Choice) -> str:
    """The part for humans: trace ids, time stamps and troubleshooting links that follow it are left out."""
    first = next((line for line in text.splitlines() if line.strip()), "no reason was given")
    sentence = re.split(r"\s+(?=Trace ID:|Correlation ID:|To mitigate this issue|To fix, )", first.strip(), maxsplit=1)[0]
    return f"{foreign(sentence.removeprefix('Authentication failed: '), _proofs(choice))}."


def _proofs(choice: Choice) -> tuple[str, ...]:
    return () if choice.kind.endswith("_path") else (choice.proof,)
