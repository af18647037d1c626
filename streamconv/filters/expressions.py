"""JMESPath expressions over payloads (jmespath.org, known from the AWS command line), with jq habits met kindly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from streamconv import jsontext
from streamconv.formats.payload import json_text
from streamconv.record import Record


class ExpressionError(ValueError):
    """An expression that is not JMESPath, or not what jq would mean by it; `mended` is what is, or ""."""

    def __init__(self, expression: str, reason: str, mended: str = "") -> None:
        super().__init__(f"{expression!r}: {reason}" + (f"; write: {mended}" if mended else ""))
        self.mended = mended


def compile_expression(expression: str) -> Callable[[Record], Any]:
    """A function from an event to what the expression finds in its payload.

    Payloads are told apart as converting tells them: a text payload is searched as a string. Raises ExpressionError.
    """
    import jmespath  # only who selects by payload pays for it
    from jmespath.exceptions import JMESPathError, JMESPathTypeError
    from jmespath.functions import Functions

    mended = mend(expression)
    try:
        if mended != expression:
            pipes_into_call = re.search(_JQ_CALL, expression)
            if pipes_into_call:
                raise ExpressionError(expression, f"write jq's {pipes_into_call[0]!r} as a call: length(a)")
            jmespath.compile(mended)
            raise ExpressionError(expression, "jq and JMESPath differ here", mended)
        compiled = jmespath.compile(expression)
        unknown = set(_functions(compiled.parsed)) - {*Functions.FUNCTION_TABLE}
        if unknown:
            raise ExpressionError(expression, f"there is no function {min(unknown)}() in JMESPath")
        search = compiled.search
    except RecursionError:
        raise ExpressionError(expression[:40] + "…", "nested too deeply") from None
    except JMESPathError as error:
        raise ExpressionError(expression, f"not a JMESPath expression ({_first_line(error)})") from None

    def evaluate(record: Record) -> Any:
        text = json_text(record, "auto", report=lambda problem: None)
        try:
            return search(record.data if text is None else jsontext.loads(text.decode()))
        except (JMESPathTypeError, RecursionError, OverflowError):
            # `length(n)` where n is a number here, nesting past Python's stack, an average past its floats: nothing is
            # found.
            return None
        except (JMESPathError, ValueError) as error:  # jmespath lets some of Python's own through
            raise ExpressionError(expression, f"line {record.line}: {_first_line(error)}") from None

    return evaluate


def _functions(node: Any) -> Iterator[str]:
    """The names of the functions that a parsed expression calls."""
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"]
        for child in node.get("children", ()):
            yield from _functions(child)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(":")


# These are compiled at their first use, which is rare: they are large.
# What must not be touched: raw strings, literals, quoted names. Then what jq writes differently.
_TOKENS: Final = r"""(?xs)(?P<kept>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<comparison>[=!<>]=|[<>])
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<space>\s+)
    |(?P<other>\|\||&&|.)"""
# What jq pipes into; JMESPath would take the bare word for a key.
_JQ_CALL: Final = (
    r"\|\s*(?:length|keys|values|test|map|has|startswith|endswith|contains|any|all|not|to(?:string|number))\b"
)
_SELECT: Final = r"(?s)select\s*\((.*)\)\Z"
_BEFORE_OPERAND: Final = frozenset({"", "(", ",", "!", "&&", "||", "|"})
_CONSTANTS: Final = frozenset({"true", "false", "null"})
_OPERATORS: Final = {"and": "&&", "or": "||"}


def mend(expression: str) -> str:
    """The JMESPath for an expression in jq's manner; an expression without jq habits comes back unchanged."""
    inside = re.match(_SELECT, expression.strip())
    if inside:
        expression = inside[1]
    out: list[str] = []
    previous = ""  # the last token that is no space, as a kind of place
    nesting = [""]
    tokens = list(re.finditer(_TOKENS, expression))
    for at, token in enumerate(tokens):
        kind, text = token.lastgroup, token.group()
        if kind == "space":
            out.append(text)
            continue
        compares = previous == "comparison"
        starts_operand = compares or previous in _BEFORE_OPERAND
        if text == "." and starts_operand and _next_kind(tokens, at) in ("word", "quoted", "other"):
            if _next_kind(tokens, at) == "other" and expression[token.end() :].lstrip()[:1] != "[":
                out.append("@")
            continue  # jq's leading dot; `previous` stays, so that `."a"` is still a name
        argument = previous == "," and nesting[-1] == "("
        if kind == "quoted" and (compares or argument) and not _follows_dot(expression, token.start()):
            text = "'" + text[1:-1].replace("'", "\\'").replace('\\"', '"') + "'"
        elif (kind == "number" and nesting[-1] != "[") or (kind == "word" and compares and text in _CONSTANTS):
            text = f"`{text}`"
        elif kind == "word" and text in _OPERATORS and previous not in (".", *_BEFORE_OPERAND, "comparison"):
            text = _OPERATORS[text]
        elif text in "([":
            nesting.append(text)
        elif text in ")]" and len(nesting) > 1:
            nesting.pop()
        elif text == "?":  # `[?`: a filter expression, whose inside is compared like the outside
            nesting[-1] = "?"
            text = "("
        out.append("?" if text == "(" and nesting[-1] == "?" else text)
        previous = "comparison" if kind == "comparison" else text
    return "".join(out)


def _next_kind(tokens: list[re.Match[str]], at: int) -> str | None:
    return tokens[at + 1].lastgroup if at + 1 < len(tokens) else "other"


def _follows_dot(expression: str, at: int) -> bool:
    return expression[:at].rstrip().endswith(".")
