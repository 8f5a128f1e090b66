"""A document model is looked at before it is kept."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.support.pango import need_pango
from tests.ticket_service.api.rig import OTHER_TOKEN, Rig

pytestmark = pytest.mark.integration
PREVIEWS = "/settings/document-previews"


@pytest.fixture(scope="module", autouse=True)
def _pango() -> None:
    need_pango()


def test_the_first_page_is_shown_and_nothing_is_kept(rig: Rig) -> None:
    number = rig.hear("Buongiorno")
    given = {"body": "<h1>{{ ticket.number }}</h1>", "style": "h1 { color: red }", "ticket": number}
    shown = rig.post(PREVIEWS, given, key="look")
    assert (shown.status_code, shown.content_type) == (200, "image/webp"), shown.text
    with Image.open(io.BytesIO(shown.data)) as picture:
        assert picture.height > picture.width > 300
    whole = rig.post(PREVIEWS, {**given, "format": "pdf"})
    assert whole.data.startswith(b"%PDF")
    assert all(model["builtin"] for model in rig.get("/settings/document-models").get_json()["items"])


def test_what_is_wrong_with_a_model_is_said_at_its_body(rig: Rig) -> None:
    number = rig.hear("Buongiorno")
    broken = rig.post(PREVIEWS, {"body": "<p>{% if %}</p>", "ticket": number})
    assert (broken.status_code, broken.get_json()["errors"][0]["field"]) == (422, "body")
    assert rig.post(PREVIEWS, {"body": "x", "ticket": "TT0"}).status_code == 404
    asked = rig.call("POST", PREVIEWS, token=OTHER_TOKEN, json={"body": "x", "ticket": number})
    assert asked.status_code == 403
