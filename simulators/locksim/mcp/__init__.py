"""`locksim mcp`: the simulators as tools of a coding agent, over the Model Context Protocol.

Each operation of the control API (`locksim.server.operations`) is a tool: its arguments are the operation's, and a call of it is
a request to the control API. So all checks and bounds are the control API's, and the tools work with a server of their own as
with one that runs already. A few tools are more than one request (`refusals`, `checks`).

    agent ── stdio ── agent_server ── tools ── control_client ── HTTP ── the control API of a server
                                        └───── checks ── lockpact check, a child process with a time limit

Answers are bounded, since an agent pays for each character that it reads.
"""
