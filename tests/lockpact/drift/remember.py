"""Find, for each variant, a seed whose first sequence shows it, and write known_seeds.json.

Run it with `python -m tests.lockpact.drift.remember` when many variants need more than one sequence again; names of variants
leave out all others.
"""

from __future__ import annotations

import json
import sys

from tests.lockpact.drift.pair import CATALOGUE, KNOWN_SEEDS, known_seeds, search

SEEDS = range(40)


def main() -> None:
    """Write the first such seed of each variant. A variant without one is found as before, by many sequences of seed 0."""
    seeds = dict(known_seeds())
    for vendor, id_, variant in CATALOGUE:
        if len(sys.argv) > 1 and id_ not in sys.argv[1:]:
            continue
        seeds[id_] = next((seed for seed in SEEDS if search(vendor, id_, variant, seed, sequences=1)[1]), 0)
        print(id_, seeds[id_], flush=True)
    KNOWN_SEEDS.write_text(
        json.dumps({id_: seed for id_, seed in seeds.items() if seed}, indent=1, sort_keys=True) + "\n"
    )


if __name__ == "__main__":
    main()
