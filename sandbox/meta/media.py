"""Media of the fake Graph API: upload, look up, fetch, delete."""

import hashlib
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for

from sandbox.config import MetaAccount
from sandbox.meta import errors
from sandbox.meta.errors import MetaError
from sandbox.meta.store import MetaStore

# Meta's limits; documents up to 100 MB there, less here because all stays in memory.
_MAX_BYTES = {"image": 5 * 2**20, "audio": 16 * 2**20, "video": 16 * 2**20}
MAX_FILE_BYTES = 24 * 2**20
_MAX_BODY = MAX_FILE_BYTES + 2**20


def add_routes(graph: Blueprint, account: MetaAccount, store: MetaStore) -> None:
    """Add the routes for media to the fake Graph API."""

    @graph.post("/<version>/<node>/media")
    def upload(version: str, node: str) -> Response:
        if node != account.phone_number_id:
            raise errors.unknown_object("POST", node)
        file = request.files.get("file")
        if request.form.get("messaging_product") != "whatsapp":
            raise MetaError(100, message="(#100) The parameter messaging_product is required.")
        if file is None:
            raise MetaError(100, message="(#100) The parameter file is required.")
        mime_type = (request.form.get("type") or file.mimetype or "")[:100]
        if "/" not in mime_type:
            raise MetaError(100, message="(#100) Param type must be a MIME type")
        limit = _MAX_BYTES.get(mime_type.partition("/")[0], MAX_FILE_BYTES)
        content = file.stream.read(limit + 1)
        if not 0 < len(content) <= limit:
            raise MetaError(131053, f"The file must have between 1 and {limit} bytes.")
        return jsonify(id=store.keep_media(mime_type, content, (file.filename or "")[-240:] or None).id)

    @graph.delete("/<version>/<node>")
    def delete(version: str, node: str) -> Response:
        if not store.drop_media(node):
            raise errors.unknown_object("DELETE", node)
        return jsonify(success=True)

    @graph.get("/attachments/<media_id>")
    def fetch(media_id: str) -> Response:
        media = store.media(media_id)
        if media is None:
            raise errors.unknown_object("GET", media_id)
        answer = Response(media.content, mimetype=media.mime_type)
        answer.headers["Content-Disposition"] = "attachment"  # whatever it is, no browser shall run it
        return answer


def describe(store: MetaStore, version: str, media_id: str) -> Response:
    """What Graph tells about an uploaded file; raises MetaError 100 for an unknown id."""
    media = store.media(media_id)
    if media is None:
        raise errors.unknown_object("GET", media_id)
    return jsonify(
        messaging_product="whatsapp",
        url=url_for("graph.fetch", media_id=media.id, _external=True),
        mime_type=media.mime_type,
        sha256=media.sha256,
        file_size=len(media.content),
        id=media.id,
    )


def damaged(content: bytes) -> bytes:
    """The same number of bytes, one of them changed, as after a fault on the way."""
    return bytes([content[0] ^ 0xFF]) + content[1:] if content else content


def is_upload() -> bool:
    """Is this request a form with files? Only these may be larger than the usual limit."""
    return request.method == "POST" and request.mimetype == "multipart/form-data"


def describe_upload() -> tuple[Any, int]:
    """The upload as the list of calls keeps it, without the file's bytes, and the size of that.

    Raises RequestEntityTooLarge beyond every limit.
    """
    request.max_content_length = _MAX_BODY
    form, files = request.form.to_dict(), request.files
    body = {
        "fields": {key[:100]: value[:1000] for key, value in list(form.items())[:20]},
        "files": [
            {
                "field": name[:100],
                "filename": (file.filename or "")[:200],
                "type": file.mimetype,
                "size": file.stream.seek(0, 2),
                "sha256": _digest(file.stream),
            }
            for name, file in list(files.items())[:20]
        ],
    }
    return body, 1000


def _digest(stream: Any) -> str:
    stream.seek(0)
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    return digest
