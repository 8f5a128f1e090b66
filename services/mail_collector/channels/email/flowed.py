"""Text whose lines were broken for the transport (RFC 3676, `format=flowed`), joined again."""

from __future__ import annotations


def unflowed(text: str, *, delete_space: bool) -> str:
    """Lines that end in a blank go on in the next one of the same quoting depth; `-- ` stays a line."""
    lines: list[list[str]] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:].removeprefix(" ")
        flows = said.endswith(" ") and said != "-- "
        shown = said[:-1] if flows and delete_space else said
        if open_depth == depth and said != "-- ":
            lines[-1].append(shown)
        else:
            lines.append([">" * depth + " " if depth else "", shown])
        open_depth = depth if flows else -1
    return "\n".join("".join(pieces) for pieces in lines)
