"""Does every timer state one instant or span, in strict ISO 8601 or in FEEL?"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import bpmn, local, place
from engine.kernel.lint.expressions import feel, language
from engine.kernel.lint.finding import Finding, error
from engine.kernel.timers_iso import IsoDuration, NotIso, looks_iso, parse_iso


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module."""
    for process in context.diagram.processes:
        for definition in bpmn(process.element, "timerEventDefinition"):
            owner = definition.getparent()
            yield from _timer(context, place(definition if owner is None else owner), definition)


def _timer(context: Context, element: str, definition: etree._Element) -> Iterator[Finding]:
    stated = [part for part in definition if local(part) in ("timeDate", "timeDuration", "timeCycle")]
    if any(local(part) == "timeCycle" for part in stated):
        yield error(element, "timer_cycle", "不支持周期定时器。")
    elif len(stated) != 1:
        yield error(element, "timer_missing", f"定时器写了 {len(stated)} 个时间，应为 1 个。")
    else:
        yield from language(element, stated[0])
        yield from _time(context, element, local(stated[0]), (stated[0].text or "").strip())


def _time(context: Context, element: str, kind: str, text: str) -> Iterator[Finding]:
    if not looks_iso(text):
        yield from feel(context, element, text, "定时器的表达式")
        return
    try:
        value = parse_iso(text)
    except NotIso as fault:
        yield error(element, "timer_iso", f"定时器的时间{fault.detail}。")
        return
    if isinstance(value, IsoDuration) != (kind == "timeDuration"):
        yield error(element, "timer_kind", f"{kind} 中写的是{'时长' if isinstance(value, IsoDuration) else '时刻'}。")
