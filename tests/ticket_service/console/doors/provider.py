"""A small provider of log-ins on this machine; tests tell it what to claim, and where to lie."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import Flask, Response, request
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

CLIENT_ID: Final = "the-desk"
CLIENT_SECRET: Final = "the desk's secret"
_KEYS: Final = {kid: RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}) for kid in ("one", "two")}


@dataclass
class Provider:
    """What it says; `claims` replace those it would make, None takes one away."""

    clock: Callable[[], datetime]
    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    key: str = "one"
    algorithm: str = "RS256"
    status: int = 200
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def visited(self, address: str) -> tuple[str, str]:
        """Somebody logs in there: the code and the state that they come back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        code = sha256(asked["state"].encode()).hexdigest()
        self.codes[code] = asked
        return code, asked["state"]

    def _id_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "1", "iat": now, "exp": now + 300}
        claims |= {"nonce": nonce, "email": "anna@example.org", "email_verified": True, "name": "Anna"}
        claims |= self.claims
        shown = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": self.key}
        if self.algorithm == "HS256":
            public = json.dumps(_KEYS["one"].as_dict(private=False)).encode()
            return jwt.encode(header, shown, OctKey.import_key(public), algorithms=["HS256"])
        if self.algorithm == "none":
            return ".".join((_part(header), _part(shown), ""))
        return jwt.encode(header, shown, _KEYS[self.key], algorithms=[self.algorithm])

    def app(self) -> Flask:
        """What answers for it."""
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Response:
            known = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                **self.metadata,
            }
            return _json(known, self.status)

        @app.get("/keys")
        def keys() -> Response:
            return _json({"keys": [_KEYS[self.key].as_dict(private=False)]})

        @app.post("/token")
        def token() -> Response:
            login, asked = request.authorization, self.codes.pop(request.form["code"], None)
            known = login is not None and (login.username, login.password) == (CLIENT_ID, CLIENT_SECRET)
            fits = asked is not None and asked["redirect_uri"] == request.form["redirect_uri"]
            proof = create_s256_code_challenge(request.form["code_verifier"])
            if not known or not fits or asked is None or proof != asked["code_challenge"]:
                return _json({"error": "invalid_grant"}, 400)
            answer = {"access_token": "a", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}
            return _json(answer)

        @app.get("/userinfo")
        def userinfo() -> Response:
            return _json(self.userinfo)

        return app


@contextmanager
def running_provider(clock: Callable[[], datetime]) -> Iterator[Provider]:
    """On a port of its own."""
    provider = Provider(clock)
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def _json(document: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(document), status, content_type="application/json")
