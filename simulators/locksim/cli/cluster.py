"""`locksim cluster haproxy`: print the configuration of the HAProxy in front of a cluster's nodes."""

from __future__ import annotations

import argparse
import re
from typing import Any, NamedTuple

from locksim import registry
from locksim.cli.errors import CommandError
from locksim.cli.vendors import load

__all__ = ["add_command", "configuration"]

_CONTROL = 8700
"""The control port from which the vendors' ports keep their distance."""


class Node(NamedTuple):
    """A node as HAProxy reaches it."""

    name: str
    host: str
    port: int


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cluster", help="print the configuration of a cluster's proxy", description="Several nodes behind one address."
    )
    inner = parser.add_subparsers(metavar="COMMAND", required=True)
    proxy = inner.add_parser(
        "haproxy",
        help="print a configuration for HAProxy 2.6 or newer",
        description="Print a configuration for HAProxy 2.6 or newer: it sends a world's requests to one node, and to another "
        "one when that node is gone.",
    )
    proxy.set_defaults(run=_run)
    add = proxy.add_argument
    add("vendors", metavar="VENDOR", nargs="*", help=f"{', '.join(registry.NAMES)} (default: all)")
    add(
        "--node",
        metavar="NAME=HOST:PORT",
        type=_node,
        action="append",
        required=True,
        help="a node and its control port; vendors' ports keep their distance; repeatable",
    )
    add(
        "--public-url",
        metavar="URL",
        default="http://127.0.0.1:8700",
        help="the control port as callers see it: what the nodes were given as --public-url (http://127.0.0.1:8700)",
    )
    add("--bind", metavar="ADDRESS", default="127.0.0.1", help="the address to listen on; * for all (127.0.0.1)")
    add("--certificate", metavar="FILE", help="speak https, with this file of a certificate and its key")


def _run(given: argparse.Namespace) -> int:
    from locksim.engine.errors import Refused
    from locksim.server.config import ServerConfig

    names = [node.name for node in given.node]
    if len(set(names)) < len(names):
        raise CommandError("two nodes have the same name; each needs one of its own")
    try:
        config = ServerConfig(public_url=given.public_url)
    except Refused as refused:
        raise CommandError(str(refused)) from None
    if (config.scheme == "https") != (given.certificate is not None):
        raise CommandError("--certificate and a public URL with https belong together; give both or none")
    vendors = [load(name) for name in dict.fromkeys(given.vendors or registry.NAMES)]
    offsets = {
        f"{vendor.name}{'' if site.port == vendor.sites[0].port else f'-{site.name}'}": site.port - _CONTROL
        for vendor in vendors
        for site in reversed(vendor.sites)
    }
    text = configuration(
        given.node,
        dict(sorted(offsets.items(), key=lambda item: item[1])),
        port=config.public_port or _CONTROL,
        bind=given.bind,
        domain=config.domain,
        certificate=given.certificate,
    )
    print(text, end="")
    return 0


def configuration(
    nodes: list[Node], ports: dict[str, int], *, port: int, bind: str, domain: str, certificate: str | None
) -> str:
    """Return the configuration.

    Args:
        nodes: the nodes.
        ports: the name of each vendor's port → its distance from the control port.
        port: the control port on which HAProxy listens.
        bind: the address on which it listens.
        domain: what follows a world's name in a host name; empty if there are no such names.
        certificate: the file of its certificate, for https.
    """
    from locksim.server.config import is_address

    ssl = f" ssl crt {certificate}" if certificate else ""
    named = not all(is_address(node.host) for node in nodes)
    parts = [
        _HEAD + (_NAMED if named else ""),
        _CONTROL_FRONTEND.format(bind=bind, port=port, ssl=ssl),
        _backend("control", nodes, 0, None),
    ]
    for name, offset in ports.items():
        by_host = _BY_HOST.format(domain=domain, labels=domain.count(".") + 1) if domain else ""
        parts.append(_VENDOR_FRONTEND.format(name=name, bind=bind, port=port + offset, ssl=ssl, by_host=by_host))
        parts.append(_backend(name, nodes, offset, "control"))
    return "\n".join(parts)


def _backend(name: str, nodes: list[Node], offset: int, tracked: str | None) -> str:
    checks = "" if tracked else _CHECKS
    lines = [
        f"    server {node.name} {node.host}:{node.port + offset} "
        + (f"track {tracked}/{node.name}" if tracked else "check")
        for node in nodes
    ]
    return _BACKEND.format(name=name, checks=checks, servers="\n".join(lines))


def _node(text: str) -> Node:
    found = re.fullmatch(r"([A-Za-z0-9._-]{1,60})=(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})", text, re.ASCII)
    if found is None or not 0 < int(found[3]) <= 65535:
        raise argparse.ArgumentTypeError(f"a node is written as a=10.0.0.1:8700, not {text!r}")
    return Node(found[1], found[2], int(found[3]))


_HEAD = """\
# HAProxy in front of a locksim cluster. Made by `locksim cluster haproxy`; docs/cluster.md says what each part is for.
global
    # Requests up to this size can be sent again to another node.
    tune.bufsize 65536

defaults
    mode http
    timeout connect 2s
    # A request may wait long for a button or a delay; a node that is stopped is found by its check.
    timeout client 10m
    timeout server 10m
    timeout check 4s
    option redispatch 1
    retries 3
    # 425 comes from a node that does not own the world and has done nothing. Nothing else is sent twice.
    retry-on 425 conn-failure
    # Only a request that is complete when its first byte leaves can be sent twice.
    option http-buffer-request
    # What waits on a node that hangs is cut. A node that stops answers its check with 404: it gets no more, and nothing is cut.
    default-server inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
    http-check disable-on-404
"""
_NAMED = """\
    # A node's name may get another address when the node starts again.
    default-server resolvers machine init-addr last,libc,none

resolvers machine
    parse-resolv-conf
    hold valid 2s
"""
_CONTROL_FRONTEND = """\
frontend control
    bind {bind}:{port}{ssl}
    http-request set-var(txn.world) str(default)
    http-request set-var(txn.world) path,field(4,/),url_dec if {{ path_beg /_sim/worlds/ }}
    # A new world's name is in the body, so that its owner creates it.
    http-request set-var(txn.world) req.body,json_query('$.name') if METH_POST {{ path /_sim/worlds }} {{ req.body,json_query('$.name') -m found }}
    default_backend control
"""  # noqa: E501 - a line of HAProxy's
_VENDOR_FRONTEND = """\
frontend {name}
    bind {bind}:{port}{ssl}
    http-request set-var(txn.world) str(default)
{by_host}    http-request set-var(txn.world) path,field(2,/),bytes(1) if {{ path_beg /~ }}
    default_backend {name}
"""
_BY_HOST = """\
    http-request set-var(txn.world) req.hdr(host),lower,field(1,:),regsub({domain}$,) if {{ req.hdr(host),field(1,:) -m end -i {domain} }}
"""  # noqa: E501 - a line of HAProxy's
_CHECKS = """\
    option httpchk
    http-check send meth GET uri /_sim/health ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
"""
_BACKEND = """\
backend {name}
    balance hash var(txn.world)
    hash-type consistent sdbm avalanche
{checks}{servers}
"""
