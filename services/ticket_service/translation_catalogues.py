"""`python -m services.ticket_service.translation_catalogues`: brings the catalogues in line with the sources.

Texts come from the console's pages and modules, and from the refusals of the interface, which pages show.
What is new is empty in a catalogue until somebody translates it, and a test fails while anything is empty.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from marshmallow import fields, validate

SERVICE: Final = Path(__file__).parent
CONSOLE: Final = SERVICE / "console"
FOLDER: Final = CONSOLE / "translations"
REFUSALS: Final = (SERVICE / "api", SERVICE / "act")
LANGUAGES: Final = ("it", "fr", "pt", "es", "de")
_METHODS: Final = [("**.py", "python"), ("templates/**.html", "jinja2"), ("static/js/**.js", "javascript")]
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "templates/**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.do"},
    "static/js/**.js": {"parse_template_string": True},
}
_KEYWORDS: Final[dict[str, Any]] = {
    **{"_": None, "gettext": None, "lazy_gettext": None, "_l": None, "text": None},
    **{"ngettext": (1, 2), "lazy_ngettext": (1, 2)},
}
_THING: Final = "not_found"
"""Its argument is a word that stands in a sentence."""
_SAID_BY: Final = {
    _THING: (0,),
    "Problem": (2, 3),
    "ValidationError": (0,),
    "invalid": (),
    "conflict": (1, 2),
    "_refuse": (1,),
}
"""Whose arguments people read, and which of them."""
_MADE_LATER: Final = re.compile(r"\{\{|!r|_op|^(less|greater) than")
"""Texts of marshmallow that it puts other texts into first."""
_WIDTH: Final = 110


@cache
def sources() -> Catalog:
    """Every text there is, with the files it is in: read once, it is the same for every language."""
    found = Catalog(project="Sportello", charset="utf-8")
    texts = extract_from_dir(
        str(CONSOLE), _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=(), strip_comment_tags=True
    )
    for file, _line, message, _comments, context in sorted(texts, key=lambda each: (each[0], each[1])):
        found.add(message, locations=[(f"console/{file}", None)], context=context)  # type: ignore[list-item]
    for folder in REFUSALS:
        for path in sorted(folder.glob("*.py")):
            for text in _refusals(ast.parse(path.read_text(encoding="utf-8"))):
                found.add(text, locations=[(f"{folder.name}/{path.name}", None)])  # type: ignore[list-item]
    for text in sorted({each for each in _standard() if " " in each and not _MADE_LATER.search(each)}):
        found.add(text, locations=[("marshmallow", None)])  # type: ignore[list-item]
    return found


def path_of(language: str) -> Path:
    """Where a language's catalogue is kept."""
    return FOLDER / f"{language}.po"


def updated(language: str) -> Catalog:
    """The language's catalogue with exactly the texts of the sources; what was translated stays."""
    path = path_of(language)
    if path.exists():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
    else:
        catalogue = Catalog(locale=language, project="Sportello", charset="utf-8")
    catalogue.update(sources(), no_fuzzy_matching=True, update_header_comment=False)
    catalogue.obsolete.clear()
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """The texts of the sources that a language's updated catalogue has no words for."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and (not all(_forms(message.string)) or message.fuzzy)
    ]


def _forms(string: Any) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (string or "",)


def _refusals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        said = [node.args[at] for at in _SAID_BY.get(name, ()) if at < len(node.args)]
        said += [each.value for each in node.keywords if each.arg == "error"]
        if name == "invalid":
            said += [
                pair.elts[1] for pair in ast.walk(node) if isinstance(pair, ast.Tuple) and len(pair.elts) == 2
            ]
        for each in said:
            text = _text(each)
            if " " in text or name == _THING:
                yield text


def _standard() -> Iterator[str]:
    """What marshmallow says by itself of a value that it does not accept."""
    for module in (fields, validate):
        for kind in vars(module).values():
            if isinstance(kind, type):
                yield from getattr(kind, "default_error_messages", {}).values()
                names = [each for each in dir(kind) if each.startswith(("message", "default_message"))]
                yield from (text for each in names if isinstance(text := getattr(kind, each), str))


def _text(node: ast.expr) -> str:
    """A constant, or an f-string with its values by name in braces; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append("{" + str(len([each for each in parts if each.startswith("{")])) + "}")
    return "".join(parts)


def main() -> int:
    """Write the catalogues; says how much is untranslated."""
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        catalogue = updated(language)
        with path_of(language).open("wb") as file:
            write_po(file, catalogue, width=_WIDTH, sort_output=True, omit_header=True, include_lineno=False)
        sys.stdout.write(
            f"{language}: {len(missing(catalogue))} of {len(catalogue)} texts have no words yet\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
