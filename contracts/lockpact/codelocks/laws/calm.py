"""Laws on what a client shows after storms and absences."""

from __future__ import annotations

from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import convergence, return_to_work

__all__ = ["is_right_in_the_calm", "works_again"]


def _belief(s: CodelocksStep) -> object:
    return s.result if s.call == "admitted" else tuple(s.result[number] for number in range(10))


def _truth(s: CodelocksStep) -> object:
    client = s.before.k3[s.arguments["lock"]].client(s.arguments["email"])
    if s.call == "admitted":
        return client is not None and client.status == "ACTIVE"
    return None if client is None else client.periods


is_right_in_the_calm = convergence(
    "CL-CALM-1",
    on=("admitted", "periods"),
    evidence="GET …/k3connect/{id}/clients: status, activeperiods",
    belief=_belief,
    truth=_truth,
    mutants=("believes_its_own_changes", "keeps_a_status_in_doubt"),
)

works_again = return_to_work(
    "CL-BACK-1",
    on="list_locks",
    evidence="500, 502: trying later may help",
    mutants=("down_stays_down", "needs_the_api_at_birth", "hammers_at_the_door"),
)
