"""The channels file (YAML): which channels the company has; secrets come in by `${NAME}` references."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from shared.runtime.settings import SettingsError

_REFERENCE: Final = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")
MAX_BYTES: Final = 1_000_000


class _EntrySchema(Schema):
    class Meta:
        unknown = EXCLUDE

    id = fields.String(
        required=True, validate=validate.Regexp(r"^[a-z0-9-]{1,40}$", error="use a-z, 0-9 and -.")
    )
    kind = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9_]{1,40}$", error="not a kind."))
    name = fields.String(load_default=None)
    automatic_tickets = fields.Boolean(load_default=True)


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """One channel as declared; `fields` still hold their `${…}` references."""

    id: str
    kind: str
    name: str
    automatic_tickets: bool
    fields: Mapping[str, Any]

    def resolve(self, schema: Schema, environ: Mapping[str, str]) -> Any:
        """Load this channel with a kind's own schema.

        References are filled only in fields the schema declares: a service needs no secret it does not use.
        SettingsError lists every field that is missing, wrong, or refers to a variable that is not set.
        """
        mistakes: list[str] = []
        wanted: dict[str, Any] = {}
        for name in schema.fields:
            if name in self.fields:
                wanted[name] = _fill(self.fields[name], environ, f"channel {self.id}: {name}", mistakes)
        try:
            settings = schema.load(wanted, unknown=EXCLUDE)
        except ValidationError as error:
            mistakes += _explain(f"channel {self.id}", error)
        if mistakes:
            raise SettingsError(mistakes)
        return settings


def read_channels(path: Path) -> list[ChannelEntry]:
    """All channels of the file. SettingsError lists everything that is wrong with it."""
    entries, mistakes = _read_list(path)
    schema = _EntrySchema()
    channels: list[ChannelEntry] = []
    for position, entry in enumerate(entries, 1):
        try:
            known = schema.load(entry if isinstance(entry, dict) else {})
        except ValidationError as error:
            mistakes += _explain(f"{path}: channel {position}", error)
            continue
        if any(channel.id == known["id"] for channel in channels):
            mistakes.append(f"{path}: channel {position}: the id {known['id']} is taken already.")
            continue
        channels.append(
            ChannelEntry(
                known["id"],
                known["kind"],
                known["name"] or known["id"],
                known["automatic_tickets"],
                dict(entry),
            )
        )
    if mistakes:
        raise SettingsError(mistakes)
    return channels


def resolve_all(
    entries: Sequence[ChannelEntry], kinds: Mapping[str, Schema], environ: Mapping[str, str]
) -> list[Any]:
    """The settings of every channel whose kind is in `kinds`; SettingsError with the mistakes of all."""
    resolved, mistakes = [], []
    for entry in entries:
        if entry.kind in kinds:
            try:
                resolved.append(entry.resolve(kinds[entry.kind], environ))
            except SettingsError as error:
                mistakes += error.mistakes
    if mistakes:
        raise SettingsError(mistakes)
    return resolved


def _read_list(path: Path) -> tuple[list[Any], list[str]]:
    try:
        text = path.read_bytes()[: MAX_BYTES + 1]
        document = yaml.safe_load(text) if len(text) <= MAX_BYTES else None
    except OSError as error:
        return [], [f"SPORTELLO_CHANNELS: {path} cannot be read: {error.strerror}."]
    except yaml.YAMLError as error:
        return [], [f"{path} is not YAML: {' '.join(str(error).split())}"]
    entries = document.get("channels") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        return [], [f"{path}: expected a list under the key `channels`."]
    return entries, []


def _fill(value: Any, environ: Mapping[str, str], where: str, mistakes: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, environ, f"{where}.{key}", mistakes) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, environ, where, mistakes) for item in value]
    if not isinstance(value, str):
        return value

    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if not environ.get(name):
            mistakes.append(f"{where} refers to the variable {name}, which is not set.")
        return environ.get(name, "")

    return _REFERENCE.sub(replace, value)


def _explain(where: str, error: ValidationError) -> list[str]:
    messages = error.messages if isinstance(error.messages, dict) else {"": error.messages}
    return [f"{where}: {name}: {_flat(problems)}" for name, problems in messages.items()]


def _flat(problems: Any) -> str:
    if isinstance(problems, dict):
        return " ".join(f"{key}: {_flat(value)}" for key, value in problems.items())
    return " ".join(str(problem) for problem in problems) if isinstance(problems, list) else str(problems)
