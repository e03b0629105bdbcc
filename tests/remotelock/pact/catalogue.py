"""All mutants of the RemoteLock pact: importing their modules registers them."""

from __future__ import annotations

import tests.remotelock.pact.clients_of_changes
import tests.remotelock.pact.clients_of_content
import tests.remotelock.pact.clients_of_locks
import tests.remotelock.pact.clients_of_people
import tests.remotelock.pact.clients_of_repetition
import tests.remotelock.pact.clients_of_sessions
import tests.remotelock.pact.clients_on_the_wire
import tests.remotelock.pact.server_mutants  # noqa: F401 - registers its mutants
from tests.remotelock.pact.mutants import CATALOGUE

__all__ = ["CATALOGUE"]
