"""A mail's HTML as a frame shows it. What it may do there is decided by the policy it is served with: nothing
runs, nothing is fetched but the mail's own pictures, no form and no link leads anywhere."""

from typing import Final

from sandbox.mail.store import Mail

FRAME_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; sandbox allow-same-origin; "
    "frame-ancestors 'self'; form-action 'none'; base-uri 'none'"
)
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mail</title>'
    "<style>html{background:#fff;color:#1b2330}body{margin:16px;font:15px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}img{max-width:100%}blockquote{margin:0;padding-left:12px;"
    "border-left:2px solid #ccc}</style><body>"
)


def html_page(mail: Mail) -> str:
    """A whole page with the mail's HTML, its own pictures in it."""
    body = mail.read.html
    for position, part in enumerate(mail.read.parts):
        if part.cid:
            body = body.replace(f"cid:{part.cid}", f"/api/mail/messages/{mail.id}/files/{position}")
    return _PAGE + body
