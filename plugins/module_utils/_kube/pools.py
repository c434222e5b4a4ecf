"""The connections to one API server, of urllib3."""

from __future__ import annotations

import typing as t

from .errors import kubeconfig_invalid
from .kubeconfig import Access
from .proxies import UnusableProxy, proxied
from .sign_in import FRESH


def open_pool(access: Access, origin: str, connections: int) -> t.Any:
    """A pool for so many connections at the same time; none is opened yet. KubeError. origin: of the kubeconfig."""
    import kubernetes.client
    import urllib3

    configuration = kubernetes.client.Configuration()
    configuration.host = access.host
    configuration.verify_ssl = access.verify
    configuration.ssl_ca_cert = access.authority or None
    configuration.cert_file = access.certificate or None
    configuration.key_file = access.key or None
    configuration.tls_server_name = access.tls_server_name or None
    configuration.connection_pool_maxsize = connections
    # Retries are the client's, which knows what may be asked again.
    configuration.retries = False
    # Its versions differ in which proxies they know, and in where they look for them.
    configuration.proxy = configuration.proxy_headers = configuration.no_proxy = None
    try:
        manager = kubernetes.client.ApiClient(configuration).rest_client.pool_manager
        return (manager if access.proxy is None else proxied(manager, access.proxy)).connection_from_url(access.host)
    except UnusableProxy as exc:
        raise kubeconfig_invalid(
            origin, str(exc), "Install PySocks for the interpreter that runs the module, or use another proxy."
        ) from exc
    except (urllib3.exceptions.HTTPError, ValueError) as exc:
        raise kubeconfig_invalid(origin, "names a server or proxy whose URL cannot be used", FRESH) from exc
