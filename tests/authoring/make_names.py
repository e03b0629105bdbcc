"""Makes fixtures/names.json: people and places as they are called in many countries, for seeds and tests.

    python -m tests.authoring.make_names > fixtures/names.json

Run by an author, never by a test or a simulator: Faker's words differ between its versions, so what it said once is
committed, with the version that said it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import faker

SEED = 20170619
"""The date of the Nuki document."""
LOCALES = (
    "en_GB", "de_AT", "fr_FR", "es_ES", "pl_PL", "tr_TR", "el_GR",
    "uk_UA", "he_IL", "ar_EG", "hi_IN", "ja_JP", "zh_CN", "ko_KR",
)  # fmt: skip
EACH = 4


def names() -> dict[str, Any]:
    """{"provenance", "people": [{locale, name, email, company}], "places": [{locale, street, city}]}."""
    people, places = [], []
    for locale in LOCALES:
        fake = faker.Faker(locale)
        fake.seed_instance(f"{SEED}/{locale}")
        for _ in range(EACH):
            address = fake.unique.safe_email()
            people.append({"locale": locale, "name": fake.name(), "email": address, "company": fake.company()})
            places.append({"locale": locale, "street": " ".join(fake.street_address().split()), "city": fake.city()})
    made = {"by": "tests/authoring/make_names.py", "with": f"Faker {faker.VERSION}", "seed": SEED}
    return {"provenance": made, "people": people, "places": places}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(names(), ensure_ascii=False, indent=1) + "\n")
