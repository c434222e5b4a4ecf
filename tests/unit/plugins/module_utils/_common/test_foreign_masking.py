# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of other people's words may be shown."""

from __future__ import annotations

import pytest
from ansible_collections.aks.dataplane.plugins.module_utils._common.foreign_text import LONGEST, foreign
from hypothesis import given
from hypothesis import strategies as st

SECRET = "s3cr3tV4lue"


@pytest.mark.parametrize(
    "text",
    [
        f"Invalid header value b'Bearer {SECRET}\\n'",
        f"authorization: Bearer {SECRET}",
        f"Authorization=Basic {SECRET}",
        f"the proxy wants Digest {SECRET}",
        f"Key {SECRET} is not known",
        f"sshpass -p {SECRET} ssh aks-1",
        f"sshpass -p '{SECRET} x' ssh aks-1",
        f'{{"access_token": "{SECRET}", "x": 1}}',
        f"{{'accessToken': '{SECRET} with blanks'}}",
        f'{{\\"refresh_token\\":\\"{SECRET}\\"}}',
        f"client_secret={SECRET}&grant_type=x",
        f"password: {SECRET}",
        f"AccountKey={SECRET};EndpointSuffix=x",
        f"https://x.example/a?sv=1&sig={SECRET}",
        f"http://user:{SECRET}@proxy.example:3128 refused",
        f"socks5://user:p@ss/{SECRET}@proxy",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
        f"token eyJhbGciOiJSUzI1NiJ9.{SECRET}.x",
        f"eyJhbGciOiJSUzI1NiJ9{SECRET}",
        f"got {SECRET * 5}",
        f"client-key-data: {SECRET}",
        f"assertion={SECRET}",
        f"az login --service-principal --client-secret {SECRET} failed",
        f"kubelogin get-token --password {SECRET}",
        f"<password>{SECRET}</password>",
        f"GET /a?b failed: client_secret%3D{SECRET}%26x",
        f"password%3a%20{SECRET}",
        f"x-api-key: {SECRET}",
        f"Ocp-Apim-Subscription-Key: {SECRET}",
        f"Endpoint=sb://x;SharedAccessKey={SECRET}",
        f"Set-Cookie: session={SECRET}; path=/",
        f"Cookie: a=b; session={SECRET}",
        f"Authorization: Token {SECRET}",
        f"proxy-authorization: Custom {SECRET}",
        f'Authorization: Digest username="admin", response="{SECRET}"',
        f"curl -H 'Authorization: SharedKey account:{SECRET}' failed",
        f"curl -u admin:{SECRET} failed",
        f"Token {SECRET}",
        f"token '{SECRET}'",
        f"bootstrap token abcdef.{SECRET}",
        f"ApiKey {SECRET}",
        f"x-functions-key: {SECRET}",
        f"password is {SECRET}",
        f"The password was: '{SECRET}'",
        f"password of the user admin is {SECRET}",
        f"Password {SECRET}",
        f"password => {SECRET}",
        f"`password`: {SECRET}",
        f'password="a\\"{SECRET}"',
        f"client secret is {SECRET}",
        f"API key: {SECRET}",
        f"access key is {SECRET}",
        f'{{"key": "{SECRET}"}}',
        f"{{'pass': '{SECRET}'}}",
        f"auth={SECRET}",
        f"ssh_key: {SECRET}",
        f'{{"ansible_become_pass": "{SECRET}"}}',
        f'{{\\"key\\": \\"{SECRET}\\"}}',
        f"admin:{SECRET}@proxy.example:3128",
        f"proxy=admin:{SECRET}@10.0.0.1",
        f"//admin:p@ss/{SECRET}@proxy.example",
    ],
)
def test_credentials_are_known_by_their_structure(text: str) -> None:
    assert SECRET not in foreign(text)
    assert SECRET not in foreign(f"before {text} after")


@pytest.mark.parametrize("text", ["password is swordfish", "the passphrase was open-sesame", "password is P@ss!"])
def test_a_password_of_a_sentence_may_be_a_word(text: str) -> None:
    assert foreign(text).endswith("[hidden]")


def test_a_value_that_is_known_is_hidden_wherever_it_stands() -> None:
    assert foreign("a hunter2 b\nhunter2", ["hunter2\n", "", "a"]) == "a [hidden] b [hidden]"


@pytest.mark.parametrize(
    "text",
    [
        "AADSTS700016: Application with identifier 'c' was not found in the directory",
        "no such host: aks-prod-dns-1a2b3c4d.hcp.westeurope.azmk8s.io",
        'pods is forbidden: User "11111111-2222-3333-4444-555555555555" cannot list resource "pods" in API group ""',
        "az aks update --resource-group rg --name aks --network-dataplane cilium",
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/aks",
        "password is required, and the token is expired",
        "The password is not set; the secret is wrong",
        "InvalidAuthenticationToken: The access token is missing",
        "AuthorizationFailed: The client 'c' does not have authorization to perform action 'a'",
        "Token AADSTS70008: expired",
        "Bearer token is missing",
        "Basic load balancer",
        "the digest sha256:abcDEF0123456789 of the image",
        "the key ssh_host_ed25519 exists",
        "Key Vault kv-prod1 is not reachable",
        "digest mismatch",
        "unexpected token '<' in JSON at position 0",
        'secret "my-secret-2024" not found',
        "set api_key (K8S_AUTH_API_KEY)",
        "key: node.kubernetes.io/not-ready",
        '{"key": "kubernetes.azure.com/ebpf-dataplane", "operator": "Exists"}',
        '{"key": "feature.node.kubernetes.io/cpu-cpuid.AVX512F"}',
        "mailto:aks@example.com, git@github.com:org/repository, npm:a@1.2.3",
        "-A -u 10.0.122.237:53 -s rr",
        "open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory",
        "image mcr.microsoft.com/oss/kubernetes/kube-proxy:v1.34.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ],
)
def test_what_helps_stays(text: str) -> None:
    assert foreign(f"{text}.") == text


@given(st.text() | st.binary() | st.integers() | st.none())
def test_one_line_of_whole_characters(text: object) -> None:
    shown = foreign(text)
    assert len(shown) <= LONGEST
    assert shown.isprintable()
    shown.encode()


@pytest.mark.parametrize(
    "part",
    [
        "eyJ-",
        "https://",
        "?a=",
        "-----BEGIN ",
        "secret ",
        "secret=",
        "Bearer ",
        "a@",
        "://",
        "x" * 39 + " ",
        "\ud800",
        "token:token",
        "-",
        "--token ",
        "<password>",
        "cookie%3d%20",
        "%20",
        "password is ",
        "password for a ",
        "password '",
        "token a1",
        "digest aA1",
        "sshpass -p 'a",
        "token is ",
        "secret 'a",
        "key: ",
        '"key": "',
        "a:",
        "/a:",
        "a:b@",
        "-u a:",
        "authorization: a ",
        "authorization: a b=c ",
        "cookie: a; ",
    ],
)
def test_long_texts_take_no_longer_than_they_are(part: str) -> None:
    """A pattern that tried each beginning with each end would need hours."""
    assert len(foreign(part * (2_000_000 // len(part)))) <= LONGEST


def test_what_cannot_be_text() -> None:
    nested: list[object] = []
    for _level in range(100_000):
        nested = [nested]
    assert foreign(10**5000) == "something of the type int"
    assert foreign(nested) == "something of the type list"
