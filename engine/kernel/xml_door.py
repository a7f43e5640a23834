"""The only way XML gets into the kernel: bounded bytes in, a tree without entities out. It opens nothing itself."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from engine.errors import Fault, ModelRefused

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 60
MAX_ELEMENTS: Final = 10_000
MAX_TABLE_ELEMENTS: Final = 40_000
"""A decision table of 1,000 rules with 5 inputs has about 13,000."""
MAX_MODEL_ELEMENTS: Final = 2_000

ENCODINGS: Final = frozenset(
    {"utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "gb18030", "gbk", "gb2312"}
)
BPMN: Final = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI: Final = "http://www.omg.org/spec/BPMN/20100524/DI"
SPIFF: Final = "http://spiffworkflow.org/bpmn/schema/1.0/core"
YIKUO: Final = "http://yikuo.example/bpmn/1.0"
CAMUNDA: Final = "http://camunda.org/schema/1.0/bpmn"
ZEEBE: Final = "http://camunda.org/schema/zeebe/1.0"

_DRAWING = frozenset(
    {
        BPMNDI,
        "http://www.omg.org/spec/DD/20100524/DC",
        "http://www.omg.org/spec/DD/20100524/DI",
    }
)
_INCLUDE = frozenset({"http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude"})
_DECLARED = re.compile(r"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_PROLOG_PART = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def open_xml(data: bytes, name: str) -> etree._Element:
    """The root element of `data`. `name` is the file's name for messages.

    Raises ModelRefused with one Fault whose field is "name:line". Comments and processing instructions are dropped, so
    that a text never hides behind one. Kept safe by itself, not by the defaults of the lxml version at hand.
    """
    if not isinstance(data, bytes):
        raise TypeError("open_xml takes bytes: the encoding is the document's own affair")
    _look_before_parsing(data, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _refused(name, error.lineno or 1, "xml_malformed", f"不是正确的 XML：{str(error)[:160]}") from None
    docinfo = root.getroottree().docinfo
    if docinfo.internalDTD is not None or docinfo.doctype:
        raise _doctype(name)
    _count(root, name)
    return root


def _look_before_parsing(data: bytes, name: str) -> None:
    """Size, encoding and DOCTYPE are judged on the bytes, so that libxml2 never sees a declaration of an entity."""
    if not data.strip(b"\0 \t\r\n"):
        raise _refused(name, 1, "xml_empty", "文件是空的")
    if len(data) > MAX_BYTES:
        raise _refused(name, 1, "xml_too_large", f"文件有 {len(data):,} 字节，最多 {MAX_BYTES:,} 字节")
    plain = _decoded(data).lstrip("\ufeff \t\r\n")
    if not plain.startswith("<"):
        raise _refused(name, 1, "xml_malformed", "文件不以 XML 标记开头")
    declared = _DECLARED.match(plain)
    if declared and declared[1].lower() not in ENCODINGS:
        raise _refused(name, 1, "xml_encoding", f"不支持的字符编码 {declared[1]}，请存为 UTF-8")
    at = 0
    while part := _PROLOG_PART.match(plain, at):
        at = part.end()
    if plain[at : at + 9].upper() == "<!DOCTYPE":
        raise _doctype(name)


def _decoded(data: bytes) -> str:
    """Text good enough to find markup in: every encoding taken here is UTF-16 or has ASCII's bytes for markup."""
    if data[:2] in (b"\xff\xfe", b"<\0"):
        return data.decode("utf-16-le", errors="replace")
    if data[:2] in (b"\xfe\xff", b"\0<"):
        return data.decode("utf-16-be", errors="replace")
    return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _count(root: etree._Element, name: str) -> None:
    """Depth and numbers of elements; XInclude is refused rather than ignored: its author expected something of it."""
    n_all = n_model = depth = 0
    is_diagram = etree.QName(root).namespace == BPMN
    limit, most = (MAX_MODEL_ELEMENTS, MAX_ELEMENTS) if is_diagram else (MAX_TABLE_ELEMENTS, MAX_TABLE_ELEMENTS)
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        n_all += 1
        namespace = etree.QName(node).namespace
        n_model += namespace not in _DRAWING
        line = node.sourceline or 1
        if depth > MAX_DEPTH:
            raise _refused(name, line, "xml_too_deep", f"元素嵌套超过 {MAX_DEPTH} 层")
        if namespace in _INCLUDE:
            raise _refused(name, line, "xml_include", "不允许 XInclude：流程文件不得引入其他文件")
        if n_model > limit or n_all > most:
            raise _refused(name, line, "xml_too_many", f"元素过多：模型最多 {limit:,} 个，连同图形最多 {most:,} 个")


def _doctype(name: str) -> ModelRefused:
    return _refused(name, 1, "xml_doctype", "不允许 DOCTYPE：流程文件不得声明实体或引用外部定义")


def _refused(name: str, line: int, code: str, reason: str) -> ModelRefused:
    return ModelRefused(f"{name}:{line}: {reason}", faults=[Fault(f"{name}:{line}", code, reason)])
