# Copyright (c) 2026, the aks.dataplane authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a kube-proxy process answers on its two ports: the captured bodies, made true for this node and this moment."""

from __future__ import annotations

import json
import re
import typing as t

from aiohttp import web

from ..clock import fine_stamp, now
from ..nodes import rules
from .proxy_pods import Pod

METRICS_PORT = "10249"
HEALTH_PORT = "10256"

_NO_SNIFF = {"X-Content-Type-Options": "nosniff"}
_METRICS = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
_SYNCED = re.compile(r"^(# \w+ )?kubeproxy_sync_proxy_rules_last_timestamp_seconds.*\n", re.MULTILINE)
_TIMES = re.compile(r"^(kubeproxy_sync_proxy_rules_last_(queued_)?timestamp_seconds\S*) \S+$", re.MULTILINE)


def answer(pod: Pod, port: str, path: str) -> web.Response:
    """The answer of a running kube-proxy to C(GET path) on C(port)."""
    pod.keep_in_sync()
    if port == METRICS_PORT:
        if path == "proxyMode":
            return web.Response(text=pod.template.mode)
        if path == "configz":
            return web.json_response(_configz(pod), headers=_NO_SNIFF)
        if path == "metrics":
            started = {"Process-Start-Time-Unix": str(int((pod.started or now()).timestamp()))}
            return web.Response(body=_metrics(pod).encode(), headers={"Content-Type": _METRICS, **started})
        if path in ("healthz", "livez"):
            return web.Response(text="ok")
    if port == HEALTH_PORT and path in ("healthz", "livez"):
        return web.json_response(_health(pod), status=200 if path == "livez" or not pod.failures else 503, headers=_NO_SNIFF)
    return web.Response(text="404 page not found\n", status=404)


def _configz(pod: Pod) -> dict[str, t.Any]:
    reported = json.loads(rules.captured(pod.template.mode, "http-10249-configz.body"))
    config = reported["kubeproxy.config.k8s.io"]
    config["hostnameOverride"] = pod.node
    config["clusterCIDR"] = pod.template.pod_cidr
    config["detectLocalMode"] = "InterfaceNamePrefix"
    config["detectLocal"]["interfaceNamePrefix"] = "azv"
    config["mode"] = pod.template.mode
    config["ipvs"].update(pod.template.configz_ipvs())
    return reported


def _metrics(pod: Pod) -> str:
    text = rules.captured(pod.template.mode, "metrics.txt")
    if not pod.synced:
        # A metric with labels is there from its first value on.
        text = _SYNCED.sub("", text)
    text = _TIMES.sub(lambda found: f"{found[1]} {pod.queued if found[2] else pod.synced:.16e}", text)
    minor = pod.template.version.split(".")[1]
    text = text.replace('git_version="v1.36.2"', f'git_version="v{pod.template.version}"').replace('minor="36"', f'minor="{minor}"')
    name = "nftables_sync" if pod.template.mode == "nftables" else "iptables_restore"
    if pod.failures:
        text += f'kubeproxy_sync_proxy_rules_{name}_failures_total{{ip_family="IPv4"}} {pod.failures}\n'
    return text


def _health(pod: Pod) -> dict[str, t.Any]:
    healthy, now = not pod.failures, fine_stamp()
    family = {"lastUpdated": now, "healthy": healthy}
    return {"lastUpdated": now, "currentTime": now, "nodeEligible": True, "healthy": healthy, "status": {"IPv4": family, "IPv6": family}}
