# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft Entra's token endpoint, and the cloud's metadata that names it."""

from __future__ import annotations

import base64
import json
import secrets
import time
import typing as t

from aiohttp import web

from .errors import ApiError, gateway
from .kube.config import AKS_SERVER
from .world import World

# Where a client asks that does not know its tenant yet.
ANY_TENANT = ("common", "organizations")
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class EntraRoutes:
    def __init__(self, world: World) -> None:
        self.world = world

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get("/metadata/endpoints", self.metadata)
        router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery)
        router.add_post("/{tenant}/oauth2/v2.0/token", self.token)

    async def metadata(self, request: web.Request) -> web.Response:
        """The cloud's endpoints: one object since 2022-09-01, a list of clouds before."""
        version = request.query.get("api-version", "")
        if not version:
            raise gateway(
                400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required for all requests."
            )
        url = self.world.url
        cloud = {
            "name": "AksDataplaneSimulator",
            "portal": url,
            "authentication": {"loginEndpoint": url, "audiences": [f"{url}/", url], "tenant": "common", "identityProvider": "AAD"},
            "graphAudience": url,
            "graph": url,
            "resourceManager": f"{url}/",
            "microsoftGraphResourceId": url,
            "suffixes": {"storage": "core.simulator.invalid", "keyVaultDns": "vault.simulator.invalid"},
        }
        return web.json_response(cloud if version >= "2022-09-01" else [cloud])

    async def discovery(self, request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if tenant not in ANY_TENANT:
            self._check_tenant(tenant)
        authority = f"{self.world.url}/{tenant}"
        # As Entra has it: with these braces.
        issuer = f"{self.world.url}/{{tenantid}}" if tenant in ANY_TENANT else authority
        return web.json_response(
            {
                "issuer": f"{issuer}/v2.0",
                "token_endpoint": f"{authority}/oauth2/v2.0/token",
                "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{authority}/discovery/v2.0/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
                "response_types_supported": ["code"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def _check_tenant(self, tenant: str) -> None:
        if tenant != self.world.settings.tenant:
            raise _refused(
                400,
                "invalid_tenant",
                90002,
                f"AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
            )

    async def token(self, request: web.Request) -> web.Response:
        """Client credentials: with the secret, or with a signed assertion (certificate or federated token)."""
        settings = self.world.settings
        self._check_tenant(request.match_info["tenant"])
        form = {key: str(value) for key, value in (await request.post()).items()}
        if form.get("grant_type") != "client_credentials":
            raise _refused(400, "unsupported_grant_type", 70003, "AADSTS70003: The app requested an unsupported grant type.")
        client = form.get("client_id", "")
        if client != settings.client_id:
            message = f"AADSTS700016: Application with identifier '{client}' was not found in the directory 'Simulated'."
            raise _refused(400, "unauthorized_client", 700016, message)
        self._check_proof(form)
        scope = form.get("scope", "").split(" ")[0]
        audience = scope.removesuffix(".default").rstrip("/")
        if audience not in (self.world.url, AKS_SERVER):
            message = f"AADSTS500011: The resource principal named {scope} was not found in the tenant named Simulated."
            raise _refused(400, "invalid_resource", 500011, message)
        lifetime = self.world.token_seconds
        token = _access_token(settings.tenant, client, f"{self.world.url}/" if audience == self.world.url else audience, lifetime)
        issued = self.world.tokens if audience == self.world.url else self.world.aks_tokens
        issued[token] = time.time() + lifetime
        if self.world.claims and json.loads(form.get("claims", "null")) == json.loads(self.world.claims):
            self.world.claimed.add(token)
        return web.json_response(
            {"token_type": "Bearer", "expires_in": int(lifetime), "ext_expires_in": int(lifetime), "access_token": token}
        )

    def _check_proof(self, form: t.Mapping[str, str]) -> None:
        settings = self.world.settings
        assertion = form.get("client_assertion")
        if assertion is not None:
            if form.get("client_assertion_type") != ASSERTION or len(assertion.split(".")) != 3:
                raise _refused(401, "invalid_client", 50027, "AADSTS50027: JWT token is invalid or malformed.")
            return
        if "client_secret" not in form:
            message = "AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."
            raise _refused(401, "invalid_client", 7000216, message)
        if form["client_secret"] != settings.secret:
            message = (
                "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the "
                f"client secret ID, for a secret added to app '{settings.client_id}'."
            )
            raise _refused(401, "invalid_client", 7000215, message)


def check_bearer(world: World, request: web.Request) -> None:
    """ARM's side: a token that was issued here and has not expired. Where C(claims) are wanted (JSON), one that was asked for with these."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    challenge = {"WWW-Authenticate": f'Bearer authorization_uri="{world.url}/{world.settings.tenant}", error="invalid_token"'}
    if kind != "Bearer" or not token:
        raise gateway(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", challenge)
    expires = world.tokens.get(token)
    if expires is None:
        raise gateway(401, "InvalidAuthenticationToken", "The access token is invalid.", challenge)
    if expires < time.time():
        message = "The access token expiry UTC time is earlier than current UTC time."
        raise gateway(401, "ExpiredAuthenticationToken", message, challenge)
    if world.claims and token not in world.claimed:
        encoded = base64.b64encode(world.claims.encode()).decode()
        wanted = {"WWW-Authenticate": f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'}
        raise gateway(401, "AuthenticationFailed", "Continuous access evaluation resulted in challenge.", wanted)


def _refused(status: int, error: str, number: int, text: str) -> ApiError:
    return ApiError(
        status, {"error": error, "error_description": f"{text} Trace ID: simulated Correlation ID: simulated", "error_codes": [number]}
    )


def _access_token(tenant: str, client: str, audience: str, lifetime: float) -> str:
    """Shaped like a JWT; nobody but the simulator reads it."""

    def part(value: t.Mapping[str, t.Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"aud": audience, "tid": tenant, "appid": client, "exp": int(time.time() + lifetime), "jti": secrets.token_hex(8)}
    return ".".join((part({"alg": "none", "typ": "JWT"}), part(claims), secrets.token_urlsafe(16)))
