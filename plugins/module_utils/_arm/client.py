"""Requests to ARM as raw JSON, on the pipeline of the Azure SDK."""

from __future__ import annotations

import dataclasses
import logging
import typing as t
import urllib.parse

from .._common.errors import DataplaneError
from .._common.json_text import read_json_or_none, with_whole_characters
from .answers import bad_answer, object_in, read_page, says_missing
from .azure_packages import check_azure_packages
from .clouds import Cloud, check_cloud_name, fetch_json, find_cloud
from .connections import no_answer
from .credential_sources import LocalCredentialSources
from .credentials import Choice, choose_credentials
from .errors import ArmError, from_response
from .pauses import bounded_retries, longest_pause
from .shared_answers import shared
from .shared_discovery import find_shared_cloud
from .shared_sign_in import SharedCredential, shared_authentication
from .sign_in import build_credential

CONNECT_TIMEOUT = 20
READ_TIMEOUT = 120

# In a condition: whichever eTag it has.
ANY_ETAG = "*"


@dataclasses.dataclass(frozen=True)
class Answer:
    """status: HTTP status, below 300. body: parsed JSON; None when there is none. headers: with lower-case names."""

    status: int
    body: t.Any
    headers: t.Mapping[str, str]


class ArmClient:
    """Every method raises C(ArmError) for a refusal and when there is no answer after some retries. Paths begin with C(/subscriptions)."""

    def __init__(self, sdk: t.Any, endpoint: str, subscription_id: str, credential: t.Any = None) -> None:
        self.subscription_id = subscription_id
        self._sdk = sdk
        self._endpoint = urllib.parse.urlsplit(endpoint)
        self._credential = credential

    def for_subscription(self, subscription_id: str) -> ArmClient:
        """The same client, signed in once for both, for another subscription."""
        return ArmClient(self._sdk, self._endpoint.geturl(), subscription_id, self._credential)

    def ask_once(self, path: str, ask: t.Callable[[], str]) -> str:
        """What Azure answers about a path, for reports only: it may be an hour old. ask: asks about it.

        Of all processes that sign in together one asks, and the others wait for it; each asks where nobody does.
        """
        return self._credential.ask_once(path, ask) if isinstance(self._credential, SharedCredential) else ask()

    def token(self, scope: str, refused: str = "") -> tuple[str, float]:
        """A token for something else than ARM, and when it expires, in Unix seconds. refused: one that nobody is to use any more; V('') for none."""
        if refused:
            self._credential.drop(refused)
        given = self._credential.get_token(scope)
        return given.token, float(given.expires_on)

    def get(self, path: str, api_version: str, allow_404: bool = False) -> dict[str, t.Any] | None:
        """A JSON object; who asks knows what else it must be. allow_404: None instead of an error when Azure says that there is no such resource.

        What the resource should be in must exist all the same, and a 404 that is not Azure's says nothing.
        """
        what = f"GET {path}"
        try:
            return object_in(self._send("GET", _url(path, api_version), what).body, what)
        except ArmError as exc:
            if not allow_404 or exc.status != 404:
                raise
            if says_missing(exc):
                return None
            if exc.code == "Http404":
                raise bad_answer(what, "a 404 that is not Azure's") from exc
            raise

    def list(self, path: str, api_version: str) -> list[dict[str, t.Any]]:
        """All resources of a collection, over all its pages; C(BadAnswer) for what is no list of ARM, from the first page to the last."""
        found: list[dict[str, t.Any]] = []
        url, seen, what = _url(path, api_version), set[str](), f"GET {path}"
        while url:
            seen.add(url)
            page = read_page(self._send("GET", url, what).body, what)
            found += page.elements
            url = page.following
            if url and not self._is_ours(url):
                raise bad_answer(what, f"a list whose nextLink does not belong to {self._endpoint.netloc}")
            if url in seen:
                raise bad_answer(what, "a list whose nextLink leads back to a page that was read already")
        return found

    def put(self, path: str, api_version: str, body: t.Mapping[str, t.Any], etag: str | None) -> Answer:
        """Send the whole resource, once: after an answer that was lost only a read shows whether it arrived.

        etag: without quotes, C(ANY_ETAG) for a resource that shows none; None when there must be no such resource yet. C(StaleEtag) is raised when
        that is not so by now.
        """
        known = etag if etag == ANY_ETAG else f'"{etag}"'
        condition = {"If-None-Match": ANY_ETAG} if etag is None else {"If-Match": known}
        return self._send("PUT", _url(path, api_version), f"PUT {path}", body=body, headers=condition, retry=False)

    def post(self, path: str, api_version: str, body: t.Mapping[str, t.Any] | None = None) -> Answer:
        """With the retries that C(put) does not have: only for what does no harm twice, such as a registration or a question."""
        return self._send("POST", _url(path, api_version), f"POST {path}", body=body)

    def get_url(self, url: str, what: str) -> Answer:
        """GET an absolute URL as it is, once, without retries. what: stands for the URL in messages, because that may be signed."""
        self._check_host(url, "The URL of the operation")
        return self._send("GET", url, what, retry=False)

    def _check_host(self, url: str, what: str) -> None:
        """Our token is for this cloud only, whoever gave the URL."""
        if not self._is_ours(url):
            scheme, _separator, rest = url.partition("://")
            place = f"{scheme}://{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}" if rest else "no absolute URL"
            raise DataplaneError(
                f"{what} is at {place}, which does not belong to {self._endpoint.netloc}.",
                remedy="Check that it belongs to the cloud of the option cloud_environment.",
            )

    def _is_ours(self, url: str) -> bool:
        try:
            parts = urllib.parse.urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        ours, theirs = self._endpoint.hostname or "", parts.hostname or ""
        return parts.scheme == "https" and port == self._endpoint.port and (theirs == ours or theirs.endswith(f".{ours}"))

    def _send(
        self,
        method: str,
        url: str,
        what: str,
        *,
        body: t.Mapping[str, t.Any] | None = None,
        headers: t.Mapping[str, str] | None = None,
        retry: bool = True,
    ) -> Answer:
        from azure.core.exceptions import AzureError
        from azure.core.rest import HttpRequest

        fields = {"Accept": "application/json"} if headers is None else {"Accept": "application/json", **headers}
        try:
            whole = urllib.parse.urljoin(self._endpoint.geturl(), url)
            response = self._sdk.send_request(
                HttpRequest(method, whole, headers=fields, json=body), **({} if retry else {"retry_total": 0})
            )
        # What the libraries below raise of an address or a header of the answer is no AzureError.
        except (AzureError, OSError, ValueError) as exc:
            raise no_answer(exc, self._endpoint.netloc, what) from None
        received = {name.lower(): value for name, value in response.headers.items()}
        answer = Answer(response.status_code, _parse(response.text, response.status_code), received)
        if answer.status >= 300:
            raise from_response(answer.status, answer.body, answer.headers, what)
        return answer


def _url(path: str, api_version: str) -> str:
    return f"{path}?api-version={urllib.parse.quote(api_version, safe='')}"


def _parse(text: t.Callable[[], str], status: int) -> t.Any:
    """What an answer holds; None for what is no JSON, be it no text either. Of a refusal, which is only shown, halves of characters are replaced."""
    try:
        whole = text()
    # Of characters that are none, and encodings that nobody knows.
    except (ValueError, LookupError):
        return None
    return read_json_or_none(with_whole_characters(whole) if status >= 300 else whole)


def connect(params: t.Mapping[str, t.Any]) -> ArmClient:
    """A client for the options of C(argspec.AZURE).

    First what needs nobody is checked: options, then the installed packages. Only a cloud that is given as URL is asked anything; the first
    token is fetched with the first request.
    """
    choice = choose_credentials(params, LocalCredentialSources())
    check_cloud_name(choice.cloud_environment)
    check_azure_packages()
    _silence_libraries()
    pause = longest_pause(params)
    cloud, credential, authentication = _sign_in(choice, pause)
    from azure.mgmt.core import ARMPipelineClient

    # The pipeline that the clients of azure-mgmt packages have, without their models: those of older versions refuse newer api-versions.
    sdk: ARMPipelineClient[t.Any, t.Any] = ARMPipelineClient(
        base_url=cloud.endpoint,
        policies=_policies(authentication, pause),
        connection_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
    )
    return ArmClient(sdk, cloud.endpoint, choice.subscription_id, credential)


def _sign_in(choice: Choice, pause: float) -> tuple[Cloud, t.Any, t.Any]:
    """The cloud, the credential and the policy that uses it: those of the whole run where its processes share answers. pause: seconds."""
    answers = shared()
    if answers is not None:
        cloud = find_shared_cloud(choice.cloud_environment, answers, pause)
        credential = SharedCredential(answers, choice, cloud, pause)
        return cloud, credential, shared_authentication(credential, cloud.scope)
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

    cloud = find_cloud(choice.cloud_environment, lambda url: fetch_json(url, pause))
    own = build_credential(choice, cloud, pause=pause)
    return cloud, own, ARMChallengeAuthenticationPolicy(own, cloud.scope)


def _policies(authentication: t.Any, pause: float) -> list[t.Any]:
    """The SDK's pipeline without three of its parts: the one that registers resource providers by itself (a write, even for a read in check
    mode, with an endless wait), the one that logs requests, and the one that follows redirects with our token.
    """
    from azure.core.pipeline.policies import RequestIdPolicy, UserAgentPolicy

    return [RequestIdPolicy(), UserAgentPolicy(sdk_moniker="ansible-aks-dataplane"), bounded_retries(pause), authentication]


def _silence_libraries() -> None:
    """Without a handler Python prints the warnings of these libraries to stderr, among them answers of the sign-in service."""
    for name in ("azure", "msal", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())
