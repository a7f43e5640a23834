from __future__ import annotations

import time

import pytest

from engine.errors import ModelRefused
from engine.kernel.xml_door import BPMN, MAX_BYTES, open_xml
from tests.unit.drawing import OPEN, draw

BODY = '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL" id="D">{}</b:definitions>'
SIMPLE = "start s\nuser 现场勘查\nend e\ns > 现场勘查\n现场勘查 > e"


def refusal(data: bytes) -> tuple[str, str]:
    with pytest.raises(ModelRefused) as caught:
        open_xml(data, "f.bpmn")
    (fault,) = caught.value.faults
    assert fault.reason
    return fault.field, fault.code


def test_a_plain_file_opens() -> None:
    assert open_xml(draw(SIMPLE), "f.bpmn").tag == f"{{{BPMN}}}definitions"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_encodings_keep_chinese(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding.upper())
    text = draw(SIMPLE).decode().replace("UTF-8", declared)
    root = open_xml(text.encode(encoding), "f.bpmn")
    assert root.find(f".//{{{BPMN}}}userTask").get("id") == "现场勘查"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>',
        '<!DOCTYPE d [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        '<!DOCTYPE d SYSTEM "ext.dtd">',
        "<!DOCTYPE d>",
        '<!DOCTYPE d [<!ENTITY a "expanded">]>',
        '<!-- a > b --><?pi ?>\n <!DOCTYPE d [<!ENTITY a "expanded">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_doctype_is_refused_in_any_encoding(doctype: str, encoding: str) -> None:
    head = '<?xml version="1.0"?>' if encoding.startswith("utf-8") else '<?xml version="1.0" encoding="UTF-16"?>'
    assert refusal((head + doctype + BODY.format("")).encode(encoding))[1] == "xml_doctype"


def test_a_comment_in_utf16_cannot_hide_a_doctype() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><!-- \u2d2d\u3e3e --><!DOCTYPE a [<!ENTITY x "1">]><a>&x;</a>'
    assert refusal(text.encode("utf-16"))[1] == "xml_doctype"


@pytest.mark.parametrize("namespace", ["http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude"])
def test_xinclude_is_refused_with_its_line(namespace: str) -> None:
    inner = f'\n<xi:include xmlns:xi="{namespace}" href="file:///etc/passwd" parse="text"/>'
    assert refusal(BODY.format(inner).encode()) == ("f.bpmn:2", "xml_include")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml_empty"),
        (b" \n\t ", "xml_empty"),
        (b"\0\0\0\0", "xml_empty"),
        (b"PK\x03\x04 a zip", "xml_malformed"),
        (b"not xml at all", "xml_malformed"),
        (b"<a><b></a>", "xml_malformed"),
        (b"<a>\0</a>", "xml_malformed"),
        (b"<a>&undefined;</a>", "xml_malformed"),
        ('<?xml version="1.0" encoding="UTF-8"?><a b="caf\xe9"/>'.encode("latin-1"), "xml_malformed"),
        (b'<?xml version="1.0" encoding="cp037"?><a/>', "xml_encoding"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a/>', "xml_encoding"),
        ("<a/>".encode("utf-32"), "xml_malformed"),
        ("<a/>".encode("cp037"), "xml_malformed"),
        (b'<a b="' + b"x" * MAX_BYTES + b'"/>', "xml_too_large"),
        (b"<a>" * 61 + b"</a>" * 61, "xml_too_deep"),
        (b"<a>" * 5000 + b"</a>" * 5000, "xml_malformed"),
        (b"<a>" + b"<b/>" * 40_000 + b"</a>", "xml_too_many"),
        (BODY.format("<b:task/>" * 2_000).encode(), "xml_too_many"),
    ],
)
def test_what_is_not_bounded_xml_is_refused_at_once(data: bytes, code: str) -> None:
    begun = time.perf_counter()
    field, found = refusal(data)
    assert found == code
    assert field.startswith("f.bpmn:")
    assert time.perf_counter() - begun < 2


def test_the_drawing_does_not_count_as_model() -> None:
    shapes = "<bpmndi:BPMNShape><dc:Bounds/></bpmndi:BPMNShape>" * 3_000
    data = f"{OPEN}<bpmndi:BPMNDiagram>{shapes}</bpmndi:BPMNDiagram></b:definitions>".encode()
    assert len(open_xml(data, "f.bpmn")) == 1
    more = f"{OPEN}<bpmndi:BPMNDiagram>{shapes * 2}</bpmndi:BPMNDiagram></b:definitions>".encode()
    assert refusal(more)[1] == "xml_too_many"


def test_a_decision_table_may_have_more_elements_than_a_diagram() -> None:
    data = '<d xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">' + "<rule/>" * 5_000 + "</d>"
    assert len(open_xml(data.encode(), "f.dmn")) == 5_000


def test_a_comment_cannot_split_a_text() -> None:
    root = open_xml(b"<a>x = 1 <!-- hidden --><?pi hidden?>+ 2</a>", "f.bpmn")
    assert root.text == "x = 1 + 2"


def test_text_instead_of_bytes_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        open_xml("<a/>", "f.bpmn")  # type: ignore[arg-type]
