"""Adapters that are programs of their own, in any language. They speak JSON-RPC over standard input and output.

`docs/adapter-protocol.md` describes the protocol. `lockpact.simulators` drives such a program in a world.
"""
