"""Who writes: proven by the site's server, or nobody in particular; and never somebody else."""

from __future__ import annotations

import time

import jwt
from playwright.sync_api import expect

from tests.support.waiting import wait_until
from tests.support.webchat_desk import IDENTITY_SECRET, ChatDesk, signed_identity
from tests.webhook_gateway.webchat.widget.rig import Shop
from tests.webhook_gateway.webchat.widget.screen import Widget
from tests.webhook_gateway.webchat.widget.test_page_interface import call


def test_the_same_customer_has_one_conversation_on_two_devices(shop: Shop, desk: ChatDesk) -> None:
    token = jwt.encode({"sub": "7", "exp": int(time.time()) + 600}, IDENTITY_SECRET, "HS256")
    telephone, laptop = (Widget(shop.open()) for _ in range(2))
    call(telephone.page, f"identify({signed_identity('7', name='Giulia')})")
    telephone.open()
    telephone.write("From my telephone")
    telephone.is_in_state("delivered")
    assert desk.messages[0]["visitor"].startswith("u-")
    call(laptop.page, f"identify('{token}')")
    laptop.open()
    laptop.sees("From my telephone")
    laptop.write("From my laptop")
    for widget in (telephone, laptop):
        widget.sees("From my telephone", "From my laptop")


def test_a_false_identity_opens_nobodys_history(shop: Shop, desk: ChatDesk) -> None:
    shop.allowed.append("403 (FORBIDDEN)")
    owner = Widget(shop.open())
    call(owner.page, f"identify({signed_identity('7')})")
    owner.open()
    owner.write("My secret")
    owner.is_in_state("delivered")
    thief = Widget(shop.open())
    call(thief.page, "on('error', (told) => { window.refused = told; })")
    call(thief.page, "identify({user_id: '7', name: 'Giulia', email: '', hash: 'f00d'})")
    wait_until(lambda: thief.page.evaluate("window.refused || null"))
    thief.open()
    expect(thief.log).not_to_contain_text("My secret")
    assert desk.refused.pop().endswith("identity-refused")
    thief.write("Hello")
    wait_until(lambda: len(desk.messages) == 2)
    assert desk.messages[1]["visitor"].startswith("v-")


def test_what_was_said_before_the_log_in_belongs_to_the_customer(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open()).open()
    widget.write("Before")
    widget.is_in_state("delivered")
    first = desk.visitor
    call(widget.page, f"identify({signed_identity('7')})")
    wait_until(lambda: desk.visitor.startswith("u-"))
    assert desk.visitor_of(desk.told[desk.visitor]["token"]).id == first  # type: ignore[union-attr]
    widget.write("After")
    wait_until(lambda: len(desk.messages) == 2)
    assert desk.messages[1]["visitor"] == desk.visitor


def test_who_logs_out_leaves_nothing_for_the_next_one(shop: Shop, desk: ChatDesk) -> None:
    widget = Widget(shop.open())
    call(widget.page, f"identify({signed_identity('7')})")
    widget.open()
    widget.write("My secret")
    widget.is_in_state("delivered")
    widget.box.fill("half a secret")
    call(widget.page, "identify(null)")
    expect(widget.lines).to_have_count(0)
    expect(widget.log).not_to_contain_text("My secret")
    expect(widget.box).to_have_value("")
    widget.write("Somebody else")
    wait_until(lambda: len(desk.messages) == 2)
    assert desk.messages[1]["visitor"].startswith("v-")


def test_whoever_the_site_vouches_for_is_not_asked_for_name_and_mail(shop: Shop, desk: ChatDesk) -> None:
    form = [{"key": "name", "required": True}, {"key": "email", "kind": "email"}, {"key": "phone"}]
    desk.offer.update(form=form, form_when="always")
    widget = Widget(shop.open())
    call(widget.page, f"identify({signed_identity('7', name='Giulia')})")
    wait_until(lambda: desk.visitors)
    widget.open()
    expect(widget.starting.get_by_label(widget.say("phone"))).to_be_visible()
    expect(widget.starting.get_by_label(widget.say("name"))).to_have_count(0)
