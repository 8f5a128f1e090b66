"""What a site's own server does for the chat: it signs who is logged in, with the secret it shares."""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any

import jwt
from flask import Blueprint, Response, jsonify
from marshmallow import RAISE, Schema, fields, validate

from sandbox.config import Webchat
from sandbox.problems import read_body

LIFE_SECONDS = 600
"""A token only has to last until the page has shown it to the desk."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody with an account in the shop."""

    id: str
    name: str
    email: str


CUSTOMERS = (
    Customer("customer-1", "Giulia Bianchi", "giulia@bianchi.example"),
    Customer("customer-2", "Marco Verdi", "marco@verdi.example"),
)


class _WhoSchema(Schema):
    class Meta:
        unknown = RAISE

    user_id = fields.String(required=True, validate=validate.Length(1, 200))
    name = fields.String(load_default="", validate=validate.Length(max=200))
    email = fields.String(load_default="", validate=validate.Length(max=320))
    email_verified = fields.Boolean(load_default=True)
    kind = fields.String(load_default="jwt", validate=validate.OneOf(("jwt", "hmac")))


def blueprint(webchat: Webchat) -> Blueprint:
    """Signs whomever it is asked to: a real site's server signs the one who is logged in, and nobody else."""
    routes = Blueprint("shop_identity", __name__, url_prefix="/shop")

    @routes.post("/identity")
    def identity() -> Response:
        who = read_body(_WhoSchema())
        signed = _token if who["kind"] == "jwt" else _hashed
        return jsonify(identity=signed(who, webchat.identity_secret))

    return routes


def _token(who: dict[str, Any], secret: str) -> str:
    """A JWT: name and address are signed as well as the id."""
    now = int(time.time())
    claims = {
        "sub": who["user_id"],
        "name": who["name"],
        "email": who["email"],
        "email_verified": who["email_verified"],
        "iat": now,
        "exp": now + LIFE_SECONDS,
    }
    return jwt.encode({name: value for name, value in claims.items() if value != ""}, secret, "HS256")


def _hashed(who: dict[str, Any], secret: str) -> dict[str, str]:
    """The id with its HMAC-SHA256 in hexadecimal digits: only the id is signed."""
    digest = hmac.new(secret.encode(), who["user_id"].encode(), hashlib.sha256).hexdigest()
    return {"user_id": who["user_id"], "name": who["name"], "email": who["email"], "hash": digest}
