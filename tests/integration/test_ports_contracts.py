from __future__ import annotations

import re

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from engine.ports.contract import FOLDER, NAMES, contract
from engine.ports.health import TITLES
from web.sandbox.app import create_app

FEW = settings(
    max_examples=20,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def schema_of(name):
    schema = schemathesis.openapi.from_dict(dict(contract(name).document))
    schema.app = create_app()
    return schema


def test_there_is_a_contract_for_each_platform_and_no_other():
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(NAMES) == set(TITLES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mode", GenerationMode)
def test_the_sandbox_does_what_the_contract_says(name, mode):
    statuses = set()
    for found in schema_of(name).get_all_operations():
        operation = found.ok()

        @FEW
        @given(case=operation.as_strategy(mode))
        def run(case):
            statuses.add(case.call_and_validate().status_code)

        run()

    assert max(statuses) < 500
    assert statuses & ({200, 201} if mode is GenerationMode.POSITIVE else {400, 415})


@pytest.mark.parametrize("mood", [{"down": True}, {"forgetful": True}])
@pytest.mark.parametrize("name", NAMES)
def test_an_outage_keeps_to_the_contract_too(name, mood):
    schema = schema_of(name)
    schema.app.test_client().put("/control", json=mood)
    statuses = set()
    for found in schema.get_all_operations():

        @FEW
        @given(case=found.ok().as_strategy(GenerationMode.POSITIVE))
        def run(case):
            answer = case.call()
            case.validate_response(answer, excluded_checks=[schemathesis.checks.not_a_server_error])
            statuses.add(answer.status_code)

        run()

    assert statuses - {409} == {503 if "down" in mood else 504}


@pytest.mark.parametrize("name", NAMES)
def test_every_question_has_a_key_and_says_what_it_is_for(name):
    found = contract(name)
    for operation in found.operations.values():
        if operation.body is None:
            continue
        spec = found.document["paths"][operation.path]["post"]
        assert spec["parameters"] == [{"$ref": "#/components/parameters/Key"}]
        assert operation.fault_of_request({"anything": 1}) is not None
        if name in ("sharing", "identity", "evidence"):
            schema = spec["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            required = found.document["components"]["schemas"][schema]["required"]
            assert {"purpose", "authorisation_id", "operator"} <= set(required)


def properties(node):
    if isinstance(node, dict):
        yield from (node.get("properties") or {}).items()
        for value in node.values():
            yield from properties(value)
    elif isinstance(node, list):
        for value in node:
            yield from properties(value)


def test_no_contract_has_a_place_for_a_picture():
    for name in NAMES:
        for field, schema in properties(contract(name).document):
            assert not re.search(r"image|photo|picture|face|scan|base64", field), (name, field)
            assert "contentEncoding" not in schema and schema.get("format") not in ("binary", "byte")
    identity = contract("identity").document["components"]["schemas"]
    assert identity["Check"]["additionalProperties"] is identity["Answer"]["additionalProperties"] is False
    assert max(p.get("maxLength", 20) for p in identity["Check"]["properties"].values()) <= 100


@pytest.mark.parametrize(
    ("as_of", "fits"),
    [
        ("2026-03-02T09:00:00+08:00", True),
        ("2026-03-02T01:00:00.123456Z", True),
        ("2026-03-02T09:00:00", False),
        ("2026-03-02T09:99:00Z", False),
        ("2026-02-30T09:00:00Z", False),
        ("2026-03-02 09:00", False),
        ("2026-W10-1T09:00:00Z", False),
        (7, False),
    ],
)
def test_an_instant_of_a_message_is_one(as_of, fits):
    operation = contract("ami").operations["queryFirstEnergised"]

    assert (operation.fault_of_request({"order_no": "1", "operator": "H", "as_of": as_of}) is None) is fits
