"""Contents that are lists: the people on contact cards, the products of an order."""

from __future__ import annotations

from typing import Any, Final

from services.webhook_gateway.channels.whatsapp_cloud.facts import facts, objects, text_of

_MOST_CARDS: Final = 50
_MOST_WAYS: Final = 20
_MOST_PRODUCTS: Final = 200


def cards(value: Any) -> list[dict[str, Any]]:
    """Contact cards as `{"name", "phones": [{"phone", "wa_id"}], "emails", "organization"}`.

    `wa_id` is there for a number known to WhatsApp. Source: Meta, "Contacts messages".
    """
    return [_card(card) for card in objects(value, _MOST_CARDS)]


def card_text(people: list[dict[str, Any]]) -> str:
    """Whom the cards are of: names, numbers where there is no name."""
    return ", ".join(
        person["name"] or ", ".join(phone["phone"] for phone in person["phones"]) for person in people
    )


def products(value: Any) -> list[dict[str, Any]]:
    """Ordered products as `{"product_id", "quantity", "price", "currency"}`, the price of one piece.

    Source: Meta, "Order messages": `product_retailer_id`, `quantity`, `item_price`, `currency`.
    """
    names = {"product_retailer_id": "product_id", "item_price": "price"}
    wanted = ("product_retailer_id", "quantity", "item_price", "currency")
    return [
        {names.get(name, name): value for name, value in facts(item, *wanted).items()}
        for item in objects(value, _MOST_PRODUCTS)
    ]


def _card(card: dict[str, Any]) -> dict[str, Any]:
    phones = [_phone(number) for number in objects(card.get("phones"), _MOST_WAYS)]
    emails = [text_of(email, "email", longest=320) for email in objects(card.get("emails"), _MOST_WAYS)]
    return {
        "name": text_of(card.get("name"), "formatted_name", "first_name", longest=500),
        "phones": [phone for phone in phones if phone["phone"]],
        "emails": [email for email in emails if email],
        "organization": text_of(card.get("org"), "company", "department", longest=500),
    }


def _phone(number: dict[str, Any]) -> dict[str, str]:
    known = text_of(number, "wa_id", longest=100)
    shown = {"phone": text_of(number, "phone", "wa_id", longest=100)}
    return {**shown, "wa_id": known} if known else shown
