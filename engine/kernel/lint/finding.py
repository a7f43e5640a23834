"""What lint has to say about one element, and for every code what its author should draw instead. Judges nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing at one element. `reason` and `hint` are Chinese sentences; an error refuses the file."""

    element: str
    code: str
    reason: str
    severity: Literal["error", "warning"]
    hint: str


HINTS: Final[dict[str, str]] = {
    "activity_compensation": "请去掉补偿标记，把补救步骤画成普通任务。",
    "boolean_bad": "请写 true 或 false。",
    "boundary_flow": "边界事件不能有流入，须有一条流出，指向触发后的步骤。",
    "boundary_host": "请把边界事件贴在同一层的人工任务、接收任务、服务任务、子流程或调用活动上。",
    "call_cycle": "请去掉循环调用，需要重复的部分在同一流程里用网关返回。",
    "call_mapping": '请写成 <yikuo:input source="表达式" target="变量名"/>。',
    "call_unknown": "请填写流程包中已有的流程编号。",
    "condition_constant": "条件须是结果为真或假的表达式，例如 capacity_kw > 160。",
    "condition_default": "默认流向不看条件，请删去条件或取消默认。",
    "condition_off_gateway": "请在该节点之后加一个排他网关，把条件写在网关的流出线上。",
    "condition_on_event": "事件网关不看条件：请在事件之后加排他网关。",
    "condition_on_parallel": "并行网关不看条件：按条件分支请改用排他网关或包容网关。",
    "cross_border": "顺序流只能连接同一层的节点；进出子流程请连接子流程本身。",
    "dangling_ref": "请在建模器中删去或重新连接后再保存。",
    "dead_end": "请从该节点连到下一步或一个结束事件。",
    "deadlock": "请让汇合网关与分支网关成对：排他分支用排他网关汇合，并行分支用并行网关汇合。",
    "decision_missing": "请在 calledDecisionId 中填写决策编号。",
    "decision_unknown": "请填写流程包中决策表已有的决策编号。",
    "default_not_mine": "请在建模器中重新设置默认流向。",
    "di_bounds": "请在建模器中打开并重新保存图形。",
    "end_flow": "结束事件不能有流出线。",
    "engine_loop": "请在循环中放一个等待的节点（人工任务、定时器、消息或服务任务），或改为一次算出结果。",
    "event_gateway_few": "请让事件网关通向至少两个事件：先发生的那一个接着办，其余的取消。",
    "event_gateway_kind": "事件网关只能是普通的一种：先发生的那一个接着办。要等全部发生请用并行网关。",
    "event_gateway_target": "事件网关之后只能接定时器、消息的中间捕获事件或接收任务，各只有这一条流入线。",
    "event_kind": "此处只能用无类型的开始、无类型或终止的结束、定时器与消息的捕获和边界事件。",
    "event_many": "请把每个触发条件画成单独的事件。",
    "event_subprocess": "请改用贴在任务或子流程上的边界定时器或边界消息事件。",
    "expression_juel": '表达式请用 FEEL 书写，例如 usage = "工业"。',
    "expression_language": "请改用 FEEL，并去掉语言标记。",
    "expression_nested": "表达式中不能有子元素，只写文字。",
    "extension_refused": "请把脚本写进脚本任务，把数据整理写进赋值。",
    "fan_out": "请把分支分成几组，或改用一个任务处理一份清单。",
    "feel_alien": "请只用 FEEL 本身和已登记的业务函数。",
    "feel_function": "请检查函数名；业务函数有 limit、warn、workdays、before、after、at、day_end、workhours、"
    "business_end、escalation、promise_step。",
    "feel_name": "变量名由字母、汉字、数字和下划线组成；FEEL 写 true、false、null，均为小写。",
    "feel_syntax": "请按 FEEL 语法改正；相等用一个等号，文字用双引号。",
    "flow_misplaced": "请在建模器中删去该线重新连接。",
    "foreign_element": "请使用 BPMN 2.0 标准元素；自定义内容只能放在 extensionElements 中。",
    "form_unknown": "请在 forms/ 中建立该表单，或改正 yikuo:form。",
    "gateway_no_condition": "除一条默认流向外，每条流出线都要写条件。",
    "gateway_no_default": "请设一条默认流向，否则条件都不成立时工单会停在网关处。",
    "id_duplicate": "请给每个元素不同的编号。",
    "implicit_split": "请在该节点之后加网关：同时进行用并行网关，按条件选择用排他网关。",
    "join_second_token": "请先用并行网关把分支汇合，再进入这个网关。",
    "lane_missing": "请把它放进泳道，泳道决定由谁办理或登记。",
    "lane_name": "请给泳道命名。",
    "lane_twice": "请让每个节点只属于一条泳道。",
    "lane_unknown": "请在 manifest.toml 的 [lanes] 中写明该泳道对应的角色。",
    "livelock": "请让每条路径都能走到结束事件。",
    "loop": "重复办理请用排他网关返回；多项办理请在人工、服务任务、调用活动或子流程上用多实例标记。",
    "message_missing": "请为事件选定一个有名称的消息。",
    "message_pools": "泳池之间的消息流只是图示；要收消息请用消息捕获事件，要发通知请用服务任务。",
    "misplaced_element": "请在建模器中重新画该元素。",
    "no_end": "请至少画一个结束事件。",
    "no_process": "请在文件中画一个可执行的流程。",
    "not_bpmn": "请提供 BPMN 2.0 文件（根元素 definitions）。",
    "not_proven": "请拆成几个子流程，或减少并行分支和边界事件，再检查一次。",
    "operator_missing": "请在 spiffworkflow:serviceTaskOperator 中选择一个算子。",
    "operator_parameter": "请给每个参数一个不同的编号和一个 FEEL 表达式。",
    "operator_unknown": "请在 manifest.toml 的 operators 中登记，或改用已登记的算子。",
    "process_id_bad": "请给流程一个由字母、数字和下划线组成的编号。",
    "process_idle": "不可执行的流程只作图示，不会运行。",
    "quantity": "请去掉起始与完成数量，用并行网关表示多份。",
    "result_name": "请用字母、汉字、数字和下划线组成变量名，且不用 FEEL 的关键字。",
    "rule_misplaced": "yikuo:rule 只能写在人工任务、接收任务和消息事件上。",
    "rule_no_list": "请把该决策的命中策略设为 COLLECT（不聚合），输出 code、field、reason：每行一条不允许的理由。",
    "rule_unknown": "请填写流程包中决策表已有的决策编号。",
    "script_language": "脚本任务只写赋值，每行一条：变量名 = FEEL 表达式。",
    "script_line": "脚本任务只写赋值，每行一条：变量名 = FEEL 表达式。",
    "stage_misplaced": "请写在通向并行汇合网关的线上：由该线先到的在网关等待期间，该环节一直计时。",
    "start_count": "每个流程和子流程须有且只有一个无类型的开始事件。",
    "start_flow": "开始事件不能有流入线。",
    "start_kind": "请改用无类型的开始事件；由消息或时间启动的流程由系统另行触发。",
    "timer_cycle": "请改用时刻或时长；要重复提醒，请用非中断的边界定时器加上返回的循环。",
    "timer_iso": '请写 FEEL 表达式（如 limit("SITE_SURVEY")）、时长（如 P3D）或带时区的时刻。',
    "timer_kind": "时长写在 timeDuration，时刻写在 timeDate。",
    "timer_missing": "请为定时器写明一个时刻或时长。",
    "token_explosion": "请用并行网关把分支汇合后再继续。",
    "tokens_meet": "如果后面的步骤只应办一次，请先用并行网关汇合。",
    "too_deep": "请把内层拆成单独的流程，用调用活动引用。",
    "too_many_nodes": "请把流程拆成几个，用调用活动连接。",
    "unreachable": "请连上该节点或删去它。",
    "unsupported_element": "请改用人工、脚本、规则、服务任务，排他、并行、包容、事件网关，定时器与消息事件。",
    "yikuo_unknown": "请检查拼写；认识的有 form、stage、result、rule、priority。",
    "vendor_ignored": "其他厂商的扩展在此不起作用，请改用 yikuo 或 spiffworkflow 扩展。",
}


def error(element: str, code: str, reason: str, hint: str = "") -> Finding:
    """A finding that refuses the file."""
    return Finding(element, code, reason, "error", hint or HINTS[code])


def warning(element: str, code: str, reason: str, hint: str = "") -> Finding:
    """A finding that the author should know of."""
    return Finding(element, code, reason, "warning", hint or HINTS[code])
