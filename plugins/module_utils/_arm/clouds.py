"""Where an Azure cloud is: its resource manager, its sign-in service, and what its tokens are for."""

from __future__ import annotations

import dataclasses
import typing as t
import urllib.parse

from .._common.errors import DataplaneError
from .._common.foreign_text import foreign
from .._common.json_parts import object_of
from .._common.json_text import NotJson, read_json
from .connections import no_answer
from .pauses import LONGEST_PAUSE, bounded_retries

METADATA_PATH = "/metadata/endpoints?api-version=2022-09-01"
METADATA_TIMEOUT = 20

_HOW = (
    "Set cloud_environment (or AZURE_CLOUD_ENVIRONMENT) to AzureCloud, AzureChinaCloud, AzureUSGovernment, or the https URL of a "
    "resource manager."
)


@dataclasses.dataclass(frozen=True)
class Cloud:
    """endpoint: URL of the resource manager, without a slash at the end. authority: URL of the sign-in service.

    scope: what tokens are asked for. well_known: Microsoft's sign-in service knows this authority; if not, it must not be asked about it.
    """

    endpoint: str
    authority: str
    scope: str
    well_known: bool = True


KNOWN = {
    "azurecloud": Cloud("https://management.azure.com", "https://login.microsoftonline.com", "https://management.azure.com/.default"),
    "azurechinacloud": Cloud(
        "https://management.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default"
    ),
    "azureusgovernment": Cloud(
        "https://management.usgovcloudapi.net", "https://login.microsoftonline.us", "https://management.core.usgovcloudapi.net/.default"
    ),
}


def check_cloud_name(name: str) -> None:
    """Refuse what is neither a known name nor an https URL; asks nobody."""
    if name.lower() in KNOWN:
        return
    try:
        parts = urllib.parse.urlsplit(name)
        # Only looked at for its ValueError.
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urllib.parse.urlsplit("")
    if not usable or parts.query or parts.fragment or parts.username:
        raise DataplaneError(
            f"cloud_environment is {foreign(name, longest=100)}, which is neither a known cloud nor the https URL of one.", remedy=_HOW
        )


def find_cloud(name: str, fetch: t.Callable[[str], t.Any] | None = None) -> Cloud:
    """The cloud of a name, or of the URL of its resource manager.

    fetch: gets a URL and returns the parsed JSON; over the network when not given. Only called for a URL.
    """
    check_cloud_name(name)
    known = KNOWN.get(name.lower())
    if known is not None:
        return known
    endpoint = name.rstrip("/")
    return cloud_from_metadata(endpoint, (fetch or fetch_json)(endpoint + METADATA_PATH))


def cloud_from_metadata(endpoint: str, metadata: t.Any) -> Cloud:
    """The cloud that a metadata document describes: one object, or a list of which the one for this endpoint counts."""
    entry = _entry(endpoint, metadata)
    authentication = object_of(entry, "authentication")
    login, listed = authentication.get("loginEndpoint"), authentication.get("audiences")
    audiences = [audience for audience in listed if isinstance(audience, str) and audience] if isinstance(listed, list) else []
    if not isinstance(login, str) or not _is_https(login) or not audiences:
        raise _unreadable(endpoint, "it does not return authentication.loginEndpoint (https) and authentication.audiences")
    # A cloud takes tokens for several audiences; the resource manager's own address is the one that stays.
    audience = next((one for one in audiences if _same(one, endpoint)), audiences[0])
    return Cloud(endpoint=endpoint, authority=login.rstrip("/"), scope=f"{audience}/.default", well_known=False)


def _is_https(url: str) -> bool:
    try:
        parts = urllib.parse.urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _entry(endpoint: str, metadata: t.Any) -> dict[str, t.Any]:
    entries = [entry for entry in (metadata if isinstance(metadata, list) else [metadata]) if isinstance(entry, dict)]
    if not entries:
        raise _unreadable(endpoint, "it is not a JSON object")
    return next((entry for entry in entries if _same(str(entry.get("resourceManager")), endpoint)), entries[0])


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _unreadable(endpoint: str, why: str) -> DataplaneError:
    return DataplaneError(f"The cloud metadata at {endpoint}{METADATA_PATH} cannot be used: {why}.", remedy=_HOW, code="CloudMetadata")


def fetch_json(url: str, pause: float = LONGEST_PAUSE) -> t.Any:
    """GET a URL over the HTTP stack of the Azure packages, so that proxies and REQUESTS_CA_BUNDLE count in the same way as for all else."""
    from azure.core import PipelineClient
    from azure.core.exceptions import AzureError
    from azure.core.rest import HttpRequest

    endpoint = url.removesuffix(METADATA_PATH)
    client: PipelineClient[t.Any, t.Any] = PipelineClient(
        endpoint,
        policies=[bounded_retries(pause, timeout=METADATA_TIMEOUT * 3)],
        connection_timeout=METADATA_TIMEOUT,
        read_timeout=METADATA_TIMEOUT,
    )
    with client:
        try:
            response = client.send_request(HttpRequest("GET", url))
        except (AzureError, ValueError) as exc:
            raise no_answer(exc, urllib.parse.urlsplit(url).netloc, "Reading the cloud metadata") from None
    if response.status_code != 200:
        raise _unreadable(endpoint, f"it was answered with {response.status_code}")
    try:
        return read_json(response.read())
    except NotJson:
        raise _unreadable(endpoint, "it is not JSON") from None
