"""Every verb the engine knows. A command that is not in this list cannot be run."""

from __future__ import annotations

from engine.commands import (
    accept_application,
    change_account,
    change_password,
    claim_task,
    complete_task,
    create_account,
    decide_correction,
    deliver_message,
    deploy_process,
    end_capped_pause,
    enter_calendar_year,
    fire_timer,
    keep_upload,
    load_house,
    record_fetched,
    record_rendered,
    record_reply,
    recount_order,
    remind_order,
    request_correction,
    retry_incident,
    save_draft,
    start_order,
    unclaim_task,
    write_comment,
)
from engine.commands.verbs import Verb

VERBS: dict[type, Verb] = {
    verb.command: verb
    for verb in (
        accept_application.VERB,
        change_account.VERB,
        change_password.VERB,
        claim_task.VERB,
        complete_task.VERB,
        create_account.VERB,
        decide_correction.VERB,
        deliver_message.VERB,
        deploy_process.VERB,
        enter_calendar_year.VERB,
        end_capped_pause.VERB,
        fire_timer.VERB,
        keep_upload.VERB,
        load_house.VERB,
        record_fetched.VERB,
        record_rendered.VERB,
        record_reply.VERB,
        recount_order.VERB,
        remind_order.VERB,
        request_correction.VERB,
        retry_incident.VERB,
        save_draft.VERB,
        start_order.VERB,
        unclaim_task.VERB,
        write_comment.VERB,
    )
}
