"""No secret of any vendor is left in a masked journal, wherever it stood and in whatever form."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from locksim import registry
from locksim.engine.vendor import Vendor
from locksim.server.config import ServerConfig
from locksim.server.run import serving

VENDORS = {vendor.name: vendor for vendor in map(registry.load, registry.NAMES)}
FORBIDDEN = "the masked journal still has %r:\n%s"


class Served:
    """A server whose journals are masked, and its default world."""

    def __init__(self, info: dict[str, Any], http: httpx.Client) -> None:
        self.info = info
        self.http = http
        self.world = f"{info['control']}/worlds/default"

    def call(self, vendor: str, method: str, target: str, **more: Any) -> None:
        """Send a request to the vendor; whatever it answers is right."""
        self.http.request(method, self.info["vendors"][vendor]["url"] + target, **more)

    def texts(self) -> dict[str, str]:
        """Return the journal in both forms."""
        entries, after = [], 0
        while page := self.http.get(f"{self.world}/journal?limit=1000&after={after}").json()["entries"]:
            entries += page
            after = page[-1]["n"]
        return {
            "export": self.http.get(f"{self.world}/journal.jsonl").text,
            "pages": json.dumps(entries, ensure_ascii=False),
        }

    def assert_none_of(self, secrets: set[str]) -> None:
        """Check that none of these is in either form, also encoded."""
        for where, text in self.texts().items():
            for secret in secrets:
                for form in {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], f"{b64(secret)[:-4] or secret}"}:
                    # A short number may be a part of another.
                    pattern = rf"(?<![0-9A-Za-z]){form}(?![0-9A-Za-z])" if form.isdigit() else re.escape(form)
                    if found := re.search(pattern, text):
                        shown = text[max(0, found.start() - 200) : found.end() + 200]
                        pytest.fail(FORBIDDEN % (form, f"{where}: {shown}"))


@contextmanager
def served(*vendors: Vendor, **world: Any) -> Iterator[Served]:
    with (
        serving(vendors or VENDORS.values(), config=ServerConfig(mask=True), clock="manual", seed=5, **world) as info,
        httpx.Client(timeout=20, verify=False, trust_env=False, follow_redirects=False) as http,
    ):
        yield Served(info, http)


def b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def flat(credentials: dict[str, Any]) -> Iterator[str]:
    for value in credentials.values():
        if isinstance(value, dict):
            yield from flat(value)
        elif value and "://" not in value:
            yield value


PLANTED = "s3cr%t value/7"
"""A secret that needs encoding in each form."""


@pytest.mark.parametrize("name", VENDORS)
def test_what_stands_in_a_secret_place_is_masked_everywhere(name: str) -> None:
    """Valid or not, known to the vendor or not."""
    vendor = VENDORS[name]
    assert vendor.secret_places
    pins = {place: f"{4000 + 7 * i}" for i, place in enumerate(sorted(vendor.secret_places))}
    with served(vendor) as here:
        devices = here.http.get(f"{here.world}/{name}/hardware").json()["devices"]
        for place, pin in pins.items():
            for secret in (PLANTED, pin):
                percent = "".join(f"%{byte:02X}" for byte in secret.encode())
                here.call(name, "GET", f"/nothing?{place}={quote(secret)}&{place.upper()}={percent}&x=1")
                here.call(name, "GET", f"/nothing?{''.join(f'%{b:02x}' for b in place.encode())}={percent}")
                here.call(name, "GET", f"/nothing/{percent}/{quote(secret, safe='')}")
                here.call(
                    name, "GET", "/nothing", headers={place.replace("_", "-"): secret, "X-Other": f"pin {secret}"}
                )
                here.call(name, "POST", "/nothing", json={"deep": [{place: secret}, {place: [secret]}], "n": "1"})
                here.call(name, "POST", "/nothing", json={"inner": json.dumps({place: secret})})
                here.call(name, "POST", "/nothing", data={place: secret, "other": f"is {secret}"})
                here.call(name, "POST", "/nothing", content=f'{{"{place}": "{secret}", oops'.encode())
                here.call(name, "POST", "/nothing", content=f'{{"{place}":"{secret}","{place}":""}}'.encode())
                here.call(name, "POST", "/nothing", files={place: (None, secret)})
                here.call(name, "POST", "/nothing", content=f"\xff {place}={quote(secret)}".encode("latin-1"))
                for device in devices[:2]:
                    where = f"{here.world}/{name}/hardware/{quote(device['id'], safe='')}/{device['actions'][0]}"
                    here.http.post(where, json={place: secret})
                    here.http.post(where, json={place: secret, "after": 60})
            here.call(name, "POST", "/nothing", json={place: int(pin)})
        here.assert_none_of({PLANTED, *pins.values()} - {"4000"})


@pytest.mark.parametrize("name", VENDORS)
def test_credentials_are_masked_in_every_form(name: str) -> None:
    with served(VENDORS[name]) as here:
        secrets = set(flat(here.info["vendors"][name]["credentials"]))
        for secret in secrets:
            percent = "".join(f"%{byte:02x}" for byte in secret.encode())
            basic = b64(f"user:{secret}")
            here.call(name, "GET", f"/x/{percent}?a={percent}&b=before{secret}after")
            here.call(name, "GET", "/x", headers={"Authorization": f"Basic {basic}", "X-A": f"Basic {basic}"})
            here.call(name, "GET", "/x", headers={"Authorization": f"Bearer {secret}", "Cookie": f"sid={secret}"})
            here.call(
                name, "POST", "/x", json={"url": f"http://me:{secret}@127.0.0.1/?k={percent}", secret: b64(secret)}
            )
            here.call(name, "POST", "/x", content=f"text {secret}".encode())
            here.call(name, "POST", "/x", content=b"\xff\xfe" + secret.encode())
        here.assert_none_of(secrets | {b64(f"user:{secret}") for secret in secrets})


def test_secrets_that_are_no_longer_valid_are_masked() -> None:
    """A token that was replaced, and the tokens and PINs of a state that was replaced."""
    with served() as here:
        token = here.info["vendors"]["nuki"]["credentials"]["token"]
        state = here.http.get(f"{here.world}/nuki/state").json()
        here.call("nuki", "GET", f"/list?x={token}")
        here.http.post(f"{here.world}/snapshots", json={"name": "a"})
        here.http.post(f"{here.world}/nuki/support/set_token", json={"token": "second7token"})
        here.call("nuki", "GET", "/list/second7token")
        state["bridges"][0]["token"] = "third9token"
        assert here.http.put(f"{here.world}/nuki/state", json=state).status_code == 200
        here.call("nuki", "GET", "/list/third9token")
        here.http.post(f"{here.world}/snapshots/a/restore")
        here.assert_none_of({token, "second7token", "third9token"})


def test_the_pins_and_secrets_of_remotelock_are_masked_in_requests_and_lists() -> None:
    with served(VENDORS["remotelock"]) as here:
        keys = here.info["vendors"]["remotelock"]["credentials"]
        url = here.info["vendors"]["remotelock"]["oauth_url"]
        grant = {"grant_type": "client_credentials"} | {k: keys[k] for k in ("client_id", "client_secret")}
        token = here.http.post(f"{url}/oauth/token", data=grant).json()["access_token"]
        head = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.lockstate+json; version=1"}
        person = {"type": "access_user", "attributes": {"name": "Rosa", "pin": "918273"}}
        here.call("remotelock", "POST", "/access_persons", json=person, headers=head)
        here.call("remotelock", "POST", "/access_persons", json=person, headers=head)
        here.call("remotelock", "GET", "/access_persons", headers=head)
        here.call("remotelock", "GET", "/access_persons?note=918273", headers=head)
        hook = {"name": "Ours", "url": "http://127.0.0.1:9/", "content_type": "json", "secret": "7d21aa99"}
        body = {"type": "webhook_subscriber", "attributes": hook}
        here.call("remotelock", "POST", "/notification_subscribers", json=body, headers=head)
        here.call("remotelock", "GET", "/notification_subscribers", headers=head)
        texts = here.texts()
        assert "Rosa" in texts["export"], "what is no secret stays"
        state = here.http.get(f"{here.world}/remotelock/state").text
        pins = set(re.findall(r'"pin":"([0-9]{4,})"', state))
        assert "918273" in pins
        here.assert_none_of({token, "7d21aa99", *pins})


def test_a_masked_export_does_not_say_the_seed() -> None:
    """All secrets of a default world follow from it."""
    with served(VENDORS["nuki"]) as here:
        header = json.loads(here.texts()["export"].splitlines()[0])
        assert (header["masked"], header["seed"], header["base"]) == (True, 0, None)
