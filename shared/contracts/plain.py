"""The quick way through a schema for data that is plainly right; marshmallow decides on everything else.

A consumer reads thousands of events a second, and marshmallow's generality costs more than all the work
that follows. These readers and writers are made from the very same schemas and accept only what needs no
judgement; whatever is odd or wrong is Irregular, and the schema itself then takes it or says what is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate
from marshmallow.fields import Field

from shared.contracts.times import UtcTime, format_utc, parse_utc

Convert = Callable[[Any], Any]
_MISSING: Final = object()
_OWN_HOOK: Final = "_build"


class Irregular(Exception):
    """Not plainly right."""


def reader(schema: Schema, build: Callable[..., Any]) -> Convert:
    """What `schema.load` does, for JSON values; ValidationError where it raises that."""
    read = _schema_reader(schema, build)

    def load(value: Any) -> Any:
        try:
            return read(value)
        except (Irregular, ValidationError):
            return schema.load(value)

    return load


def writer(schema: Schema) -> Convert:
    """What `schema.dump` does; ValueError when what it writes could not be loaded again."""
    write = _schema_writer(schema)

    def dump(value: Any) -> Any:
        try:
            return write(value)
        except (Irregular, ValidationError, AttributeError):
            data = schema.dump(value)
            problems = schema.validate(data)
            if problems:
                raise ValueError(str(problems)) from None
            return data

    return dump


def _schema_reader(schema: Schema, build: Callable[..., Any]) -> Convert:
    if not _is_plain(schema):
        return schema.load
    rows = [
        (
            name,
            *_bounds(field),
            field.required,
            field.load_default,
            callable(field.load_default),
            _reader(field),
        )
        for name, field in schema.fields.items()
    ]

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise Irregular
        data = {}
        for name, least, most, required, default, made, convert in rows:
            item = value.get(name, _MISSING)
            if type(item) is str and least <= len(item) <= most:
                data[name] = item
            elif item is not _MISSING:
                data[name] = convert(item)
            elif required:
                raise Irregular
            else:
                data[name] = default() if made else default
        return build(**data)

    return read


def _schema_writer(schema: Schema) -> Convert:
    if not _is_plain(schema):
        return lambda value: _dumped(schema, value)
    rows = [(name, *_bounds(field), _writer(field)) for name, field in schema.fields.items()]

    def write(value: Any) -> Any:
        data = {}
        for name, least, most, convert in rows:
            item = getattr(value, name)
            data[name] = item if type(item) is str and least <= len(item) <= most else convert(item)
        return data

    return write


def _dumped(schema: Schema, value: Any) -> Any:
    data = schema.dump(value)
    if schema.validate(data):
        raise Irregular
    return data


def _is_plain(schema: Schema) -> bool:
    """Whether the schema does nothing beyond its fields and building its object."""
    hooks = [name for found in schema._hooks.values() for name, _many, _kwargs in found]
    renamed = any(field.data_key or field.attribute for field in schema.fields.values())
    return schema.unknown == EXCLUDE and not renamed and all(name == _OWN_HOOK for name in hooks)


def _reader(field: Field[Any]) -> Convert:
    return _checked(field, _converter(field, reading=True), check_result=True)


def _writer(field: Field[Any]) -> Convert:
    return _checked(field, _converter(field, reading=False), check_result=False)


def _bounds(field: Field[Any]) -> tuple[int, int]:
    """The lengths of a text that needs no more judgement; none at all for every other kind of field."""
    lengths = [each for each in field.validators if isinstance(each, validate.Length) and each.equal is None]
    if type(field) is not fields.String or len(lengths) < len(field.validators) or len(lengths) > 1:
        return 1, 0
    length = lengths[0] if lengths else validate.Length()
    return length.min or 0, sys.maxsize if length.max is None else length.max


def _checked(field: Field[Any], convert: Convert, *, check_result: bool) -> Convert:
    """The conversion with the field's own rules: None where allowed, and its validators."""
    allow_none = field.allow_none
    if not field.validators:

        def simple(value: Any) -> Any:
            if value is not None:
                return convert(value)
            if allow_none:
                return None
            raise Irregular

        return simple
    checks = [_check(validator) for validator in field.validators]

    def run(value: Any) -> Any:
        if value is None:
            if allow_none:
                return None
            raise Irregular
        converted = convert(value)
        for check in checks:
            if not check(converted if check_result else value):
                raise Irregular
        return converted

    return run


def _converter(field: Field[Any], *, reading: bool) -> Convert:
    if isinstance(field, UtcTime):
        return _read_time if reading else format_utc
    if isinstance(field, fields.Nested):
        nested = field.schema
        build = getattr(nested, "builds", dict)
        return _schema_reader(nested, build) if reading else _schema_writer(nested)
    if isinstance(field, fields.List):
        inner = _reader(field.inner) if reading else _writer(field.inner)
        return _list(inner)
    if isinstance(field, fields.Dict):
        return _dict(field, reading=reading)
    if type(field) is fields.String:
        return _exactly(str)
    if type(field) is fields.Integer and field.strict:
        return _exactly(int)
    if type(field) is fields.Boolean:
        return _exactly(bool)
    if type(field) is fields.Raw:
        return lambda value: value
    return _never


def _never(value: Any) -> Any:
    raise Irregular


def _read_time(value: Any) -> Any:
    if type(value) is not str:
        raise Irregular
    try:
        return parse_utc(value)
    except ValueError:
        raise Irregular from None


def _exactly(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise Irregular
        return value

    return convert


def _list(inner: Convert) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not list:
            raise Irregular
        return [inner(item) for item in value]

    return convert


def _dict(field: fields.Dict, *, reading: bool) -> Convert:
    make = _reader if reading else _writer
    key = make(field.key_field) if field.key_field else _exactly(str)
    item = make(field.value_field) if field.value_field else None

    def convert(value: Any) -> Any:
        if type(value) is not dict:
            raise Irregular
        if item is None:
            return {key(name): each for name, each in value.items()}
        return {key(name): item(each) for name, each in value.items()}

    return convert


def _check(validator: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """The validator as a quick yes or no; one that is not known here is asked as it is."""
    if type(validator) is validate.Length and validator.equal is None:
        least, most = validator.min or 0, validator.max
        if most is None:
            return lambda value: len(value) >= least
        return lambda value: least <= len(value) <= most
    if type(validator) is validate.OneOf:
        choices: Mapping[Any, None] = dict.fromkeys(validator.choices)
        return lambda value: value in choices
    return lambda value: validator(value) is not False
