"""Does every multi-instance activity say over which list it goes, and what becomes of its results?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.kernel.elements import many_texts
from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import Node, child, local
from engine.kernel.lint.expressions import feel, is_variable
from engine.kernel.lint.finding import Finding, error, warning
from engine.kernel.xml_door import YIKUO

HOSTS: Final = frozenset({"userTask", "manualTask", "serviceTask", "callActivity", "subProcess"})
_PARTS: Final = frozenset(
    {"loopDataInputRef", "inputDataItem", "loopDataOutputRef", "outputDataItem", "documentation", "extensionElements"}
)
_READ: Final = frozenset({"collection", "item", "results", "result"})
_INSTEAD: Final = {
    "loopCardinality": ("次数", "请写明一个列表（yikuo:collection），如 for i in 1..3 return i。"),
    "completionCondition": ("完成条件", "请办完全部各项，再用排他网关按结果分支；要提前结束请在外面贴中断的边界事件。"),
    "complexBehaviorDefinition": ("抛出事件的方式", "请删去；各项办完后再继续。"),
}


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for node in context.diagram.nodes():
        loop = child(node.element, "multiInstanceLoopCharacteristics")
        if loop is not None:
            yield from _many(context, node, loop)


def is_many(node: Node) -> bool:
    """Whether the node is done for each item of a list, which may be empty."""
    return child(node.element, "multiInstanceLoopCharacteristics") is not None


def _many(context: Context, node: Node, loop: etree._Element) -> Iterator[Finding]:
    if node.tag not in HOSTS:
        yield error(node.id, "loop", "此处的多实例标记不能按图执行。")
        return
    found = list(_refused(node, loop))
    yield from found
    if any(finding.severity == "error" for finding in found):
        return
    said = many_texts(loop)
    missing = [word for key, word in _WORDS.items() if not said[key]]
    if missing:
        yield error(node.id, "loop", f"多实例没有写明{'、'.join(missing)}。", _HINT)
        return
    for key in ("item", "results"):
        if not is_variable(said[key]):
            yield error(node.id, "result_name", f"多实例的{_WORDS[key]}“{said[key][:40]}”不能作变量名。")
    for key in ("collection", "result"):
        yield from feel(context, node.id, said[key], f"多实例的{_WORDS[key]}")


_WORDS: Final = {"collection": "列表", "item": "各项的变量", "result": "各项的结果", "results": "全部结果的变量"}
_HINT: Final = (
    "请在多实例标记上写 yikuo:collection（列表）、yikuo:item（各项的变量）、"
    "yikuo:result（各项的结果）、yikuo:results（全部结果的变量）。"
)


def _refused(node: Node, loop: etree._Element) -> Iterator[Finding]:
    """What SpiffWorkflow ignores or mistakes, and we do not do."""
    if loop.get("behavior", "All") != "All":
        yield error(node.id, "loop", "多实例抛出事件的方式（behavior）不能按图执行。", "请删去；各项办完后再继续。")
    for part in loop:
        tag = local(part)
        if tag not in _PARTS:
            word, hint = _INSTEAD.get(tag, (tag, ""))
            yield error(node.id, "loop", f"多实例的{word}不能按图执行。", hint)
    for key in map(str, loop.attrib):
        name = etree.QName(key)
        if name.namespace == YIKUO and name.localname not in _READ:
            yield warning(node.id, "yikuo_unknown", f"属性 yikuo:{name.localname} 不认识，会被忽略。", _HINT)
