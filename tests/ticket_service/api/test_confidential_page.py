"""The confidential form in a real browser, under its own strict policy and without scripts."""

from __future__ import annotations

import threading

import pytest
from werkzeug.serving import make_server

from tests.support.browser import running_browser
from tests.ticket_service.api.rig import Rig

pytestmark = pytest.mark.integration


def test_a_customer_fills_it_in_on_a_phone(rig: Rig) -> None:
    number = rig.hear()
    body = {"question": "Per il rimborso?", "fields": [{"key": "iban", "label": "IBAN"}]}
    rig.post(f"/tickets/{number}/confidential-requests", body)
    path = "/confidential/" + rig.requested()[-1].content.text.rpartition("/")[2]
    server = make_server("127.0.0.1", 0, rig.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    complaints: list[str] = []
    try:
        with running_browser() as browser:
            page = browser.new_context(
                java_script_enabled=False, locale="it-IT", viewport={"width": 360, "height": 740}
            ).new_page()
            page.on("console", lambda message: complaints.append(message.text))
            page.on("requestfailed", lambda request: complaints.append(request.url))
            page.goto(f"http://127.0.0.1:{server.port}{path}")
            assert page.locator("main").bounding_box()["width"] <= 360  # type: ignore[index]
            page.get_by_label("IBAN").fill("IT60X0542811101000000123456")
            page.get_by_role("button", name="Invia").click()
            assert "Grazie" in page.get_by_role("status").inner_text()
            page.goto(f"http://127.0.0.1:{server.port}{path}")
            assert "già stato inviato" in page.get_by_role("status").inner_text()
    finally:
        server.shutdown()
    assert [each for each in complaints if "410" not in each and "favicon" not in each] == []
    (asked,) = rig.get(f"/tickets/{number}/confidential-requests").get_json()["items"]
    answer = rig.get(f"/tickets/{number}/confidential-requests/{asked['id']}/answer").get_json()
    assert answer == {"answers": {"iban": "IT60X0542811101000000123456"}}
