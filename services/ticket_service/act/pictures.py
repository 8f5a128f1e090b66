"""Pictures of those who work at the desk: set, taken away, and shown to whom they answer."""

from __future__ import annotations

from services.ticket_service.act.users import change_oneself, change_user
from services.ticket_service.acting import Desk, Frame
from services.ticket_service.domain.history import AGENT, Actor
from services.ticket_service.domain.user import User
from services.ticket_service.ports import DeskStore
from services.ticket_service.render import confined
from services.ticket_service.render.portrait import JPEG, PROGRAM, SECONDS
from shared.blobs.store import BlobStore


def set_picture(
    desk: Desk,
    blobs: BlobStore,
    user_id: str,
    image: bytes | None,
    frame: Frame,
    own: frozenset[str] | None = None,
) -> User:
    """Give a user a picture made of this image, or none (None). The earlier one is forgotten.

    `own` are the caller's permissions where it is somebody else's picture. NotFound, BeyondOwn, TooBusy;
    NotPossible for what is no image, Busy (render.confined). Unavailable.
    """
    blob_id = ""
    if image is not None:
        drawn = confined.run(PROGRAM, image, seconds=SECONDS)
        blob_id = desk.new_id()
        blobs.put(blob_id, [drawn], mime_type=JPEG, max_bytes=len(drawn))
    before: list[str] = []

    def seen(user: User) -> None:
        before[:] = [user.picture]

    wanted = {"picture": blob_id}
    try:
        user = (
            change_oneself(desk, user_id, wanted, frame, seen)
            if own is None
            else change_user(desk, user_id, wanted, own, frame, seen)
        )
    except Exception:
        if blob_id:
            blobs.delete(blob_id)
        raise
    for earlier in before:
        if earlier and earlier != blob_id:
            blobs.delete(earlier)
    return user


def picture_of(store: DeskStore, who: Actor) -> str:
    """The id of the blob with somebody's picture; empty for none. Unavailable."""
    if who.kind != AGENT:
        return ""
    return next((each.picture for each in store.all(User) if each.id == who.id), "")
