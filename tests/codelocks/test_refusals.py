"""The errors of the API itself, and their form."""

from __future__ import annotations

import json

import pytest

from locksim.codelocks.seed import FRONT_GATE, MAIN_DOOR, MARY
from tests.codelocks.caller import ALWAYS, FORM, Caller

NETCODE = {"start": "2026-01-05 08:00", "duration": 0, "lockmodel": "KL1060", "identifier": "407251"}
REQUIRED = {
    "/n/1/netcode/202504070915": ["start", "duration", "lockmodel", "identifier"],
    "/u/1/k3connect": ["accesskey"],
    "/u/1/k3connect/account": ["accesskey"],
    f"/u/1/k3connect/{MAIN_DOOR}": ["accesskey"],
    f"/u/1/k3connect/{MAIN_DOOR}/clients": ["accesskey", "page", "perpage"],
    f"/u/1/k3connect/{MAIN_DOOR}/audit": ["accesskey", "page", "perpage", "pageorder"],
}
FORMS = {
    "POST": ["accesskey", "clientemail", "activeperiods", "accesstype", "message"],
    "PUT": ["accesskey", "clientemail", "activeperiods"],
    "PATCH": ["accesskey", "clientemail", "action"],
    "DELETE": ["accesskey", "clientemail"],
}


@pytest.mark.rule("CL-R09")
@pytest.mark.rule("CL-R12")
@pytest.mark.parametrize("path", REQUIRED)
def test_a_missing_or_empty_parameter_is_404_and_all_are_listed(api: Caller, path: str) -> None:
    names = REQUIRED[path]
    for given in ({}, dict.fromkeys(names, "")):
        reply = api.get(path, **given)
        assert reply.status == 404
        assert reply.messages == [f"[Missing Parameter] {name}" for name in names]
    for name in names:
        reply = api.get(path, **{other: "1" for other in names if other != name})
        assert (reply.status, reply.messages) == (404, [f"[Missing Parameter] {name}"])


@pytest.mark.rule("CL-R09")
@pytest.mark.parametrize("method", FORMS)
def test_a_missing_form_parameter_is_404(api: Caller, method: str) -> None:
    for name in FORMS[method]:
        reply = api.form(method, f"/u/1/k3connect/{MAIN_DOOR}/client", **{o: "1" for o in FORMS[method] if o != name})
        assert (reply.status, reply.messages) == (404, [f"[Missing Parameter] {name}"])


@pytest.mark.rule("CL-R10")
@pytest.mark.rule("CL-R44")
@pytest.mark.parametrize("id", ["2", "2" * 11, "2" * 13, "x" * 31])
def test_an_invalid_id_is_refused_in_the_recorded_words(api: Caller, observed: Caller, id: str) -> None:
    for one in (api, observed):
        reply = one.get(f"/n/1/netcode/{id}", **NETCODE)
        assert (reply.status, reply.body) == (
            400,
            b'{"Message":"[\\"[Invalid Data] ID (Expected: 12 or 32 characters)\\"]"}',
        )


@pytest.mark.rule("CL-R11")
@pytest.mark.rule("CL-R16")
@pytest.mark.rule("CL-R125")
@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("server_error", 500, "[Server Error]"),
        ("tertiary", 502, "[Tertiary Error]"),
        ("missing_parameter", 404, "[Missing Parameter]"),
        ("invalid_data", 400, "[Invalid Data]"),
    ],
)
def test_the_apis_errors_have_one_form(api: Caller, name: str, status: int, message: str) -> None:
    api.site.faults.inject({"kind": "refuse", "name": name}, times=1)
    reply = api.get("/u/1/durations")
    assert reply.status == status
    assert list(json.loads(reply.body)) == ["Message"]
    assert reply.messages[0].startswith(message)
    assert api.get("/u/1/durations").status == 200


@pytest.mark.rule("CL-R11")
@pytest.mark.parametrize(
    ("name", "status", "message"), [("forbidden", 403, "Forbidden"), ("limit_exceeded", 429, "Limit Exceeded")]
)
def test_the_gateways_errors_have_another_form(api: Caller, name: str, status: int, message: str) -> None:
    api.site.faults.inject({"kind": "refuse", "name": name})
    reply = api.get("/u/1/durations")
    assert (reply.status, json.loads(reply.body)) == (status, {"message": message})


@pytest.mark.rule("CL-R13")
def test_a_repeated_parameter_is_400(api: Caller) -> None:
    for name, value in NETCODE.items():
        twice = NETCODE | {name: [value, value]}
        assert api.get("/n/1/netcode/202504070915", **twice).status == 400
    assert api.get("/u/1/durations", lockmodel=["KL1060", "KL1060"]).status == 400


@pytest.mark.rule("CL-R14")
def test_unknown_parameters_are_ignored(api: Caller) -> None:
    plain, more = api.netcode(FRONT_GATE, "2026-01-05 08:00"), api.netcode(FRONT_GATE, "2026-01-05 08:00", id="1", x="")
    assert plain.json == more.json


@pytest.mark.rule("CL-R17")
@pytest.mark.rule("CL-R18")
@pytest.mark.parametrize(
    "kind", [FORM, ("Content-Type", "text/plain"), ("Content-Type", "application/json"), ("Accept", "*/*")]
)
def test_a_form_is_read_from_the_body_whatever_its_content_type(api: Caller, kind: tuple[str, str]) -> None:
    path = f"/u/1/k3connect/{MAIN_DOOR}/client"
    fields = f"accesskey={api.access}&clientemail={MARY}"
    assert api.send("PATCH", path, kind, body=f"{fields}&action=SUSPEND".encode()).status == 200
    assert api.send("DELETE", path, kind, body=fields.encode()).status == 200
    assert api.send("DELETE", f"{path}?{fields}", kind).status == 404
    assert (
        api.send("DELETE", path, kind, body=json.dumps({"accesskey": api.access, "clientemail": MARY}).encode()).status
        == 404
    )


def multipart(fields: dict[str, str], boundary: str = "x1y2") -> bytes:
    parts = (f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    return ("".join(parts) + f"--{boundary}--\r\n").encode()


@pytest.mark.rule("CL-R18")
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_multipart_form_is_read(api: Caller, method: str) -> None:
    path, kind = f"/u/1/k3connect/{MAIN_DOOR}/client", ("Content-Type", "multipart/form-data; boundary=x1y2")
    fields = {"accesskey": api.access, "clientemail": MARY, "action": "SUSPEND"}
    assert api.send(method, path, kind, body=multipart(fields)).status == 200
    assert len(api.clients(MAIN_DOOR)) == (2 if method == "PATCH" else 1)


@pytest.mark.rule("CL-R18")
@pytest.mark.rule("CL-R12")
@pytest.mark.rule("CL-R13")
def test_a_multipart_form_is_judged_like_any_other(api: Caller) -> None:
    path, kind = f"/u/1/k3connect/{MAIN_DOOR}/client", ("Content-Type", "multipart/form-data; boundary=x1y2")
    fields = {"accesskey": api.access, "clientemail": ""}
    assert api.send("DELETE", path, kind, body=multipart(fields)).messages == ["[Missing Parameter] clientemail"]
    twice = multipart({"accesskey": api.access}) + multipart({"accesskey": api.access, "clientemail": MARY})
    assert api.send("DELETE", path, kind, body=twice.replace(b"--x1y2--\r\n--x1y2", b"--x1y2")).status == 400


@pytest.mark.rule("CL-R19")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", multipart({"accesskey": "x"})),
        ("multipart/form-data; boundary=", multipart({"accesskey": "x"})),
        ("multipart/form-data; boundary=x1y2", b"--x1y2\r\n\xff"),
        ("multipart/form-data; boundary=x1y2", b"accesskey=x"),
        ("multipart/form-data; boundary=x1y2", b"--x1y2\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x1y2--"),
        ("multipart/form-data; boundary=x1y2", b""),
    ],
)
def test_a_broken_multipart_form_has_no_parameters(api: Caller, kind: str, body: bytes) -> None:
    reply = api.send("DELETE", f"/u/1/k3connect/{MAIN_DOOR}/client", ("Content-Type", kind), body=body)
    assert reply.messages == ["[Missing Parameter] accesskey", "[Missing Parameter] clientemail"]


@pytest.mark.rule("CL-R138")
def test_the_answer_names_only_the_first_invalid_value(api: Caller) -> None:
    wrong = {"start": "x", "duration": "99", "lockmodel": "KL1", "identifier": "x"}
    path, found = "/n/1/netcode/202504070915", []
    for right in ({}, {"lockmodel": "KL1060"}, {"identifier": "407251"}, {"duration": "0"}):
        wrong |= right
        reply = api.get(path, **wrong)
        assert reply.status == 400
        found += [message.split(" (")[0] for message in reply.messages]
    assert found == [f"[Invalid Data] {name}" for name in ("Lock Model", "Identifier", "Duration", "Start")]


@pytest.mark.rule("CL-R141")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_refusal_does_not_name_other_clients(api: Caller, observed: Caller, method: str) -> None:
    for caller in (api, observed):
        fields = {"activeperiods": json.dumps(ALWAYS), "action": "SUSPEND", "accesstype": "STANDARD", "message": "Hi"}
        reply = caller.client(method, MAIN_DOOR, "stranger@example.org", **fields)
        assert reply.status == 400
        assert b"example.com" not in reply.body
        assert b"example.net" not in reply.body


@pytest.mark.rule("CL-R48")
@pytest.mark.rule("CL-R49")
def test_a_wrong_access_key_is_400_and_observed_401_without_a_body(api: Caller, observed: Caller) -> None:
    paths = [
        "/u/1/k3connect",
        "/u/1/k3connect/account",
        f"/u/1/k3connect/{MAIN_DOOR}",
        f"/u/1/k3connect/{MAIN_DOOR}/clients",
    ]
    for path in paths:
        query = {"accesskey": "wrong12345", "page": 1, "perpage": 1}
        documented, recorded = api.get(path, **query), observed.get(path, **query)
        assert documented.status == 400
        assert documented.messages[0].startswith("[Invalid Data] Access Key")
        assert (recorded.status, recorded.body) == (401, b"")
    assert api.netcode(MAIN_DOOR, "2026-01-05 08:00", identifier="wrong12345").status == 400
    assert observed.netcode(MAIN_DOOR, "2026-01-05 08:00", identifier="wrong12345").status == 401
