"""What earlier versions stored of people is adapted once, and used on."""

from __future__ import annotations

import pytest

from services.ticket_service.domain.api_token import ApiToken
from services.ticket_service.domain.user import User
from services.ticket_service.store.preparing import Preparing
from tests.ticket_service.building import NOW, apply, message
from tests.ticket_service.conftest import MongoDesk

pytestmark = pytest.mark.integration
NEW_FIELDS = ("language", "job_title", "organization", "merged_into", "erased_at", "search")


def test_people_of_an_earlier_version_are_adapted(mongo_desk: MongoDesk) -> None:
    store, db = mongo_desk.store(), mongo_desk.db
    apply(store, message("1", name="Città"))
    db["contacts"].update_many({}, {"$unset": dict.fromkeys(NEW_FIELDS, "")})
    db["conversations"].update_many({}, {"$unset": {"merged_into": ""}})
    user = {"_id": "u", "email": "a@example.org", "name": "a", "password_hash": "x", "created_at": NOW}
    db["users"].insert_one({**user, "roles": ["administrator"]})
    db["api_tokens"].insert_one({"_id": "d", "name": "t", "user_id": "u", "created_at": NOW})
    people = Preparing(db).people
    assert people.stored_before() == 5
    assert people.stored_before() == 0
    (contact,) = db["contacts"].find()
    assert "citta" in contact["search"]
    apply(store, message("2"))
    (loaded,) = store.load_contacts([contact["_id"]]).values()
    assert (loaded.state, loaded.language) == ("in-use", "")
    found = store.record(User, "u")
    assert found is not None
    assert (found.roles, found.active, found.version) == (["admin"], True, 1)
    token = store.record(ApiToken, "d")
    assert token is not None
    assert (token.scopes, token.expires_at) == (None, None)


def test_the_index_that_allowed_one_contact_without_identities_is_replaced(mongo_desk: MongoDesk) -> None:
    contacts = mongo_desk.db["contacts"]
    contacts.drop_index("identity")
    contacts.create_index([("identities.key", 1)], unique=True)
    Preparing(mongo_desk.db).indexes()
    indexes = contacts.index_information()
    assert "identities.key_1" not in indexes
    assert (indexes["identity"]["unique"], indexes["identity"]["sparse"]) == (True, True)
