"""The web application of the desk: the REST interface, its documentation, and the console for people."""

from __future__ import annotations

from typing import Final

from flask import Flask

from services.ticket_service.api import (
    actions,
    assignment_rules,
    attachment_policy,
    attachments,
    audit,
    auto_close,
    blocked_senders,
    bulk,
    calendars,
    canned_replies,
    channels,
    chat_settings,
    composing,
    confidential,
    contact_merges,
    contact_privacy,
    contact_suggestions,
    contact_tickets,
    contacts,
    contracts,
    conversation_replies,
    conversations,
    deleting,
    desk_settings,
    dictionaries,
    document_models,
    document_previews,
    documents,
    export,
    field_settings,
    gallery,
    guard,
    history,
    interventions,
    limits,
    mail_rules,
    mail_settings,
    me,
    merging,
    notes,
    notifications,
    numbering,
    opening_question,
    organizations,
    originals,
    people_history,
    permissions,
    please_answer,
    preferences,
    presence,
    private_messages,
    process,
    products,
    projects,
    quarantine,
    refusals,
    relations,
    replies,
    retention,
    second_factor,
    session_cookie,
    sessions,
    shortcuts,
    sla_policies,
    statistics,
    statistics_satisfaction,
    status_presets,
    statuses,
    teams,
    templates,
    thumbnails,
    ticket_list,
    ticket_moves,
    tickets,
    time_entries,
    tokens,
    traces,
    triage,
    user_pictures,
    users,
    viewing,
    views,
    webhooks,
)
from services.ticket_service.api.bodies import MAX_BODY_BYTES
from services.ticket_service.api.confidential_page import confidential_page
from services.ticket_service.api.context import attach
from services.ticket_service.api.docs_page import docs_page
from services.ticket_service.api.openapi import make_api
from services.ticket_service.console import frame
from services.ticket_service.wiring.base import settings_or_exit
from services.ticket_service.wiring.web import Web, build_web
from shared.web.base import create_base_app, secure_headers, trace_requests

RESOURCES: Final = (
    *(documents, document_models, document_previews),
    *(sla_policies, calendars, auto_close),
    *(ticket_moves, assignment_rules, opening_question, blocked_senders),
    *(products, projects, contracts, interventions, time_entries, gallery, thumbnails, attachment_policy),
    *(ticket_list, contact_tickets, views, bulk, export, history, process, shortcuts),
    *(
        users,
        teams,
        organizations,
        notes,
        contact_merges,
        contact_suggestions,
        contact_privacy,
        people_history,
        audit,
        retention,
        permissions,
    ),
    *(me, user_pictures, preferences, sessions, second_factor),
    *(canned_replies, composing),
    *(relations, merging, deleting, private_messages, confidential),
    *(tickets, replies, actions, attachments, contacts, presence, templates, channels),
    *(conversations, conversation_replies),
    *(statuses, status_presets, dictionaries, field_settings, numbering, desk_settings),
    *(viewing, traces),
    *(mail_settings, mail_rules, triage, originals),
    chat_settings,
    *(statistics, statistics_satisfaction, webhooks, notifications, please_answer, tokens, quarantine),
)


def create_app(web: Web | None = None) -> Flask:
    """The application; on the database that the environment names unless it is given what it rests on."""
    web = web or build_web(settings_or_exit("web"))
    app = create_base_app("ticket_service", web.checks, max_body=MAX_BODY_BYTES)
    trace_requests(app)
    secure_headers(app)
    session_cookie.install(app, web.cookies)
    attach(app, web.services)
    guard.close(app)
    limits.limit(app, web.limits, web.trusted_proxies)
    refusals.register_refusals(app)
    api = make_api(app)
    for resource in RESOURCES:
        api.register_blueprint(resource.blueprint)
    app.register_blueprint(docs_page)
    app.register_blueprint(confidential_page)
    frame.install(app)
    return app
