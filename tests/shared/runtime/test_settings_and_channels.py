"""Settings and channels: every mistake at once, secrets only where they are used."""

from __future__ import annotations

from pathlib import Path

import pytest
from marshmallow import Schema, fields

from shared.runtime.channels_file import read_channels, resolve_all
from shared.runtime.settings import (
    SettingsError,
    mongodb_uri,
    or_exit,
    process_settings,
    seal,
    settings_reader,
)


def _settings(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    for name in ("AMQP_URL", "MONGODB_URI", "SPORTELLO_CHANNELS", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    env = settings_reader()
    process_settings(env)
    mongodb_uri(env)
    try:
        seal(env)
    except SettingsError as error:
        return error.mistakes
    return []


GOOD = {
    "AMQP_URL": "amqp://localhost",
    "MONGODB_URI": "mongodb://localhost",
    "SPORTELLO_CHANNELS": "channels.yaml",
}


def test_good_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _settings(GOOD, monkeypatch) == []


def test_every_mistake_is_listed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    mistakes = _settings({"AMQP_URL": "http://x", "LOG_LEVEL": "LOUD"}, monkeypatch)
    assert sorted(mistake.split(":")[0] for mistake in mistakes) == [
        "AMQP_URL",
        "LOG_LEVEL",
        "MONGODB_URI",
        "SPORTELLO_CHANNELS",
    ]


def test_a_secret_may_come_from_a_file_without_its_last_newline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "uri").write_text("mongodb://from-a-file\n")
    for name, value in {**GOOD, "MONGODB_URI_FILE": str(tmp_path / "uri")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MONGODB_URI")
    env = settings_reader()
    assert mongodb_uri(env) == "mongodb://from-a-file"


def test_wrong_settings_end_the_process_with_every_mistake_on_its_error_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def load() -> None:
        raise SettingsError(["A: is missing.", "B: is wrong."])

    with pytest.raises(SystemExit, match="2"):
        or_exit(load)
    assert "A: is missing." in (errors := capsys.readouterr().err)
    assert "B: is wrong." in errors


class ChatSchema(Schema):
    """A kind's own settings, with one secret."""

    number = fields.String(required=True)
    secret = fields.String(required=True)


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "channels.yaml"
    path.write_text(text)
    return path


def test_only_the_variables_of_declared_fields_are_needed(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "channels:\n- {id: a, kind: chat, number: '1', secret: '${SECRET}', token: '${NOT_SET_HERE}'}\n"
        "- {id: b, kind: other, whatever: '${NOR_HERE}'}\n",
    )
    entries = read_channels(path)
    assert [(entry.id, entry.name, entry.automatic_tickets) for entry in entries] == [
        ("a", "a", True),
        ("b", "b", True),
    ]
    assert resolve_all(entries, {"chat": ChatSchema()}, {"SECRET": "s3"}) == [{"number": "1", "secret": "s3"}]


def test_the_variables_in_a_list_are_filled_in_too(tmp_path: Path) -> None:
    class Sites(Schema):
        origins = fields.List(fields.String())

    path = tmp_path / "channels.yaml"
    origins = "['${HERE}', 'https://b.example', '${THERE}']"
    path.write_text(f"channels:\n- {{id: a, kind: chat, origins: {origins}}}\n")
    (entry,) = read_channels(path)
    given = {"HERE": "https://a.example", "THERE": "https://c.example"}
    assert entry.resolve(Sites(), given) == {
        "origins": ["https://a.example", "https://b.example", "https://c.example"]
    }
    with pytest.raises(SettingsError) as refused:
        entry.resolve(Sites(), {"HERE": "https://a.example"})
    assert "origins refers to the variable THERE" in str(refused.value)


def test_the_mistakes_of_all_channels_are_listed_at_once(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "channels:\n- {id: a, kind: chat, number: '1', secret: '${SECRET}'}\n"
        "- {id: b, kind: chat, number: 5}\n",
    )
    with pytest.raises(SettingsError) as caught:
        resolve_all(read_channels(path), {"chat": ChatSchema()}, {})
    assert len(caught.value.mistakes) >= 3
    assert any("variable SECRET" in mistake for mistake in caught.value.mistakes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "channels: 5",
        "- a",
        "channels: [1, {id: UPPER, kind: chat}]",
        "channels: [",
        "channels: [{id: a}]",
    ],
)
def test_a_file_that_is_no_channels_file_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError):
        read_channels(_file(tmp_path, text))


def test_a_missing_file_and_a_repeated_id_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_channels(tmp_path / "nowhere.yaml")
    path = _file(tmp_path, "channels: [{id: a, kind: chat}, {id: a, kind: chat}]")
    with pytest.raises(SettingsError, match="is taken already"):
        read_channels(path)
