"""The second factor of a log-in: begun, confirmed, renewed and taken away; and who has to have one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Response, request
from marshmallow import Schema

from services.ticket_service.act import second_factor as acts
from services.ticket_service.act.keeping import found
from services.ticket_service.act.sections import change_sections, section
from services.ticket_service.acting import Frame, NotFound, Remember
from services.ticket_service.api import context
from services.ticket_service.api.idempotency import Once, answer, once
from services.ticket_service.api.named import frame, tag, unchanged
from services.ticket_service.api.openapi import ANYBODY, PREFIX, ApiBlueprint
from services.ticket_service.api.second_factor_schemas import (
    AccessPolicyChangeSchema,
    AccessPolicySchema,
    BegunSchema,
    CodeSchema,
    OwnPasswordOnceMoreSchema,
    RecoveryCodesSchema,
    RemovedSchema,
    SecondFactorSchema,
)
from services.ticket_service.api.wire import Wire
from services.ticket_service.auth import WrongCredentials
from services.ticket_service.domain import permissions
from services.ticket_service.domain.second_factor import (
    RECOVERY_CODES,
    AccessPolicy,
    SecondFactor,
    new_recovery_code,
    recovery_digest,
)
from services.ticket_service.domain.user import User
from services.ticket_service.ports import IdempotencyRecord
from services.ticket_service.totp import picture
from shared.web.problems import Problem

blueprint = ApiBlueprint(
    "second-factor", __name__, url_prefix=PREFIX, description="What is asked for beside a password."
)


@blueprint.route("/me/second-factor", methods=["GET"])
@blueprint.operation("How your second factor stands", needs=ANYBODY)
@blueprint.response(200, SecondFactorSchema)
def show() -> Wire:
    """Your own."""
    return _wire(context.caller().user)


@blueprint.route("/me/second-factor", methods=["POST"])
@blueprint.arguments(OwnPasswordOnceMoreSchema, example={"password": "correct horse battery staple"})
@blueprint.operation("Begin with a second factor", 403, 409, 413, 415, idempotent=True, needs=ANYBODY)
@blueprint.response(201, BegunSchema)
def begin(body: dict[str, Any]) -> Response:
    """It counts when a code of the device has confirmed it; begun again, the earlier secret is forgotten."""
    services, user = context.services(), context.caller().user
    _require_password(user, body.pop("password", ""))
    sealed = services.doors.codes.new_secret()
    return _shown_once(
        BegunSchema,
        201,
        begun_wire(sealed, user.email),
        lambda frame_, remember: acts.begin(services.desk, user.id, sealed, frame_, remember),
    )


@blueprint.route("/me/second-factor/confirmation", methods=["POST"])
@blueprint.arguments(CodeSchema, example={"code": "123456"})
@blueprint.operation("Confirm your second factor", 403, 404, 409, 413, 415, idempotent=True, needs=ANYBODY)
@blueprint.response(201, RecoveryCodesSchema)
def confirm(body: dict[str, Any]) -> Response:
    """With a code that the device shows now. From now on it is asked for at each log-in with a password."""
    codes = new_codes()

    def work(frame_: Frame, remember: Remember[SecondFactor]) -> SecondFactor:
        return confirm_factor(context.caller().user, body["code"], codes, frame_, remember)

    return _shown_once(RecoveryCodesSchema, 201, {"recovery_codes": codes}, work)


@blueprint.route("/me/second-factor/recovery-codes", methods=["POST"])
@blueprint.arguments(CodeSchema, example={"code": "123456"})
@blueprint.operation("Make other recovery codes", 403, 404, 413, 415, idempotent=True, needs=ANYBODY)
@blueprint.response(201, RecoveryCodesSchema)
def renew(body: dict[str, Any]) -> Response:
    """The earlier ones work no more."""
    services, user, codes = context.services(), context.caller().user, new_codes()

    def work(frame_: Frame, remember: Remember[SecondFactor]) -> SecondFactor:
        frame_.before_try()
        _require_code(user, body["code"])
        return acts.renew_recovery(services.desk, user.id, _digests(user, codes), frame_, remember)

    return _shown_once(RecoveryCodesSchema, 201, {"recovery_codes": codes}, work)


@blueprint.route("/me/second-factor/removal", methods=["POST"])
@blueprint.arguments(CodeSchema, example={"code": "123456"})
@blueprint.operation("Do without a second factor", 403, 404, 413, 415, idempotent=True, needs=ANYBODY)
@blueprint.response(200, RemovedSchema)
def drop(body: dict[str, Any]) -> Response:
    """409 `second-factor-demanded` when the desk asks you for it."""
    services, user = context.services(), context.caller().user
    if services.desk.store.setting(AccessPolicy).demands_second_factor(user):
        raise Problem(
            409,
            "second-factor-demanded",
            "This desk asks you for a second factor.",
            "To change to another device, ask an administrator to reset it and log in again.",
        )

    def work(frame_: Frame, remember: Remember[SecondFactor]) -> SecondFactor:
        frame_.before_try()
        _require_code(user, body["code"])
        return acts.drop(services.desk, user.id, frame_, remember)

    return _shown_once(RemovedSchema, 200, {"confirmed_at": None}, work)


@blueprint.route("/users/<user_id>/second-factor", methods=["GET"])
@blueprint.operation("How a user's second factor stands", 404, needs=permissions.USERS_READ)
@blueprint.response(200, SecondFactorSchema)
def of_user(user_id: str) -> Wire:
    """Without anything secret."""
    return _wire(found(context.services().desk, User, user_id, "user"))


@blueprint.route("/users/<user_id>/second-factor", methods=["DELETE"])
@blueprint.operation("Reset a user's second factor", 404, needs=permissions.USERS_WRITE)
@blueprint.response(204)
def reset(user_id: str) -> None:
    """For somebody who lost the device and the recovery codes: the password is enough again."""
    acts.reset(context.services().desk, user_id, context.caller().permissions(), frame())


@blueprint.route("/settings/access", methods=["GET"])
@blueprint.operation("Who has to have a second factor", needs=permissions.SETTINGS_READ)
@blueprint.etag
@blueprint.response(200, AccessPolicySchema)
def policy() -> Wire:
    """As it is set."""
    return _policy_wire(section(context.services().desk, AccessPolicy))


@blueprint.route("/settings/access", methods=["PATCH"])
@blueprint.arguments(AccessPolicyChangeSchema, example={"second_factor": "admins"})
@blueprint.operation(
    "Change who has to have a second factor",
    *(400, 412, 413, 415, 422, 428),
    needs=permissions.SETTINGS_WRITE,
)
@blueprint.etag
@blueprint.response(200, AccessPolicySchema)
def change_policy(body: dict[str, Any]) -> Wire:
    """From the next log-in on: who has none then sets it up before anything else."""
    [after] = change_sections(
        *(context.services().desk, [AccessPolicy], body, frame()),
        lambda stored: unchanged(blueprint, stored[0]),
    )
    return _policy_wire(after)


def new_codes() -> list[str]:
    """Recovery codes, different from each other."""
    return [new_recovery_code(secrets.choice) for _ in range(RECOVERY_CODES)]


def begun_wire(sealed: str, account: str) -> Wire:
    """What a device needs to know."""
    codes = context.services().doors.codes
    address = codes.address(sealed, account)
    return {"secret": codes.secret(sealed), "address": address, "picture": picture(address)}


def confirm_factor(
    user: User, typed: str, codes: list[str], frame_: Frame, remember: Remember[SecondFactor]
) -> SecondFactor:
    """Confirm with a code of now; these recovery codes work from then on. NotFound, Problem 403, TooBusy."""
    services = context.services()
    frame_.before_try()
    begun = services.doors.factors.of_user(user.id)
    if begun is None:
        raise NotFound("second factor")
    step = services.doors.codes.step(begun.sealed, typed, services.desk.clock())
    if step is None:
        raise wrong_code()
    return acts.confirm(services.desk, begun, step, _digests(user, codes), frame_, remember)


def wrong_code() -> Problem:
    """The code is not of now, or was used."""
    return Problem(
        403,
        "wrong-code",
        "This code is not right.",
        "Type the one that the device shows now; each works once. Is the clock of the device right?",
    )


def _require_password(user: User, password: str) -> None:
    if not user.password_hash:
        return
    try:
        context.services().authenticator.by_password(user.email, password, request.remote_addr or "")
    except WrongCredentials as error:
        raise Problem(403, "wrong-password", "This is not your password.", "Type it again.") from error


def _require_code(user: User, typed: str) -> None:
    authenticator = context.services().authenticator
    if authenticator.second_factor(user) is None:
        raise NotFound("second factor")
    try:
        authenticator.by_code(user, typed, request.remote_addr or "")
    except WrongCredentials as error:
        raise wrong_code() from error


def _digests(user: User, codes: list[str]) -> list[str]:
    return [recovery_digest(user.id, code) for code in codes]


def _shown_once(
    schema: type[Schema],
    status: int,
    shown: Wire,
    work: Callable[[Frame, Remember[SecondFactor]], SecondFactor],
) -> Response:
    """The answer with what is secret in it; what is kept for a repeat goes without."""

    def answered(request_: Once) -> Response:
        def remember(factor: SecondFactor) -> IdempotencyRecord | None:
            return request_.record(status, dict.fromkeys(shown))

        work(request_.frame(), remember)
        return answer(status, schema().dump(shown))

    # Nothing that was typed may be found again in what is kept of the request.
    return once({}, answered)


def _wire(user: User) -> Wire:
    services = context.services()
    factor = services.doors.factors.of_user(user.id)
    return {
        "confirmed_at": factor.confirmed_at if factor else None,
        "begun": factor is not None and factor.confirmed_at is None,
        "recovery_codes_left": len(factor.recovery) if factor else 0,
        "demanded": services.desk.store.setting(AccessPolicy).demands_second_factor(user),
    }


def _policy_wire(policy_: AccessPolicy) -> Wire:
    blueprint.set_etag(tag(policy_))
    return {"second_factor": policy_.second_factor}
