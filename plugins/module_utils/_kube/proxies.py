"""By which proxy an API server is reached: that of the kubeconfig, else that of the environment, as kubectl has it."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
import urllib.parse

SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclasses.dataclass(frozen=True)
class Proxy:
    """url: without credentials, and with a scheme of SCHEMES. source: where it was found, for messages."""

    url: str
    source: str
    username: str = dataclasses.field(default="", repr=False)
    password: str = dataclasses.field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether PySocks is needed for it."""
        return self.url.startswith("socks")


class UnusableProxy(ValueError):
    """C(str()) of it is the end of a sentence that begins with the kubeconfig, without credentials."""


def choose_proxy(server: str, proxy_url: str, source: str = "proxy-url") -> Proxy | None:
    """None for a direct connection. UnusableProxy. server: URL. proxy_url: the one that is given, which no variable turns off; V('') for none.

    source: where that is from.
    """
    if proxy_url:
        return _proxy(proxy_url, source)
    if _is_here(urllib.parse.urlsplit(server).hostname or ""):
        return None
    # Comes with the Kubernetes and the Azure packages; the latter choose by it, too.
    from requests.utils import get_environ_proxies, select_proxy

    found = select_proxy(server, get_environ_proxies(server))
    return _proxy(found if "://" in found else f"http://{found}", "the environment (HTTPS_PROXY, NO_PROXY)") if found else None


def _proxy(url: str, source: str) -> Proxy:
    try:
        parts = urllib.parse.urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise UnusableProxy(f"would be used through a proxy that is no URL, from {source}") from None
    if parts.scheme not in SCHEMES or not host:
        raise UnusableProxy(f"would be used through a proxy whose URL does not begin with http://, https:// or socks5://, from {source}")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise UnusableProxy(f"would be used through a proxy whose URL has blanks in it, from {source}")
    # As in kubectl, the proxy resolves the name.
    scheme = "socks5h" if parts.scheme == "socks5" else parts.scheme
    where = f"[{host}]" if ":" in host else host
    port = port or {"http": 80, "https": 443}.get(scheme, 1080)
    return Proxy(f"{scheme}://{where}:{port}", source, *(urllib.parse.unquote(part or "") for part in (parts.username, parts.password)))


def _is_here(host: str) -> bool:
    """No proxy leads to this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxied(manager: t.Any, proxy: Proxy) -> t.Any:
    """The pools of connections through the proxy. UnusableProxy. manager: the pools of direct ones, of urllib3."""
    import urllib3

    options = manager.connection_pool_kw
    if not proxy.is_socks:
        pair = f"{proxy.username}:{proxy.password}"
        headers = urllib3.make_headers(proxy_basic_auth=pair) if pair != ":" else None
        return urllib3.ProxyManager(proxy.url, proxy_headers=headers, **options)
    try:
        from urllib3.contrib.socks import SOCKSProxyManager
    except ImportError:
        raise UnusableProxy(
            f"would be used through the proxy {proxy.url}, which needs the Python package PySocks, from {proxy.source}"
        ) from None
    return SOCKSProxyManager(proxy.url, proxy.username or None, proxy.password or None, **options)
