"""JMESPath expressions over payloads (jmespath.org, known from the AWS command line), with jq habits met kindly."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from streamconv import jsontext
from streamconv.formats.payload import Payloads
from streamconv.record import Record


class ExpressionError(ValueError):
    """An expression that is not JMESPath, or not what jq would mean by it; `mended` is what is, or ""."""

    def __init__(self, expression: str, reason: str, mended: str = "") -> None:
        super().__init__(f"{expression!r}: {reason}" + (f"; write: {mended}" if mended else ""))
        self.mended = mended


def compile_expression(expression: str) -> Callable[[Record], Any]:
    """A function from an event to what the expression finds in its payload.

    Payloads are told apart as converting tells them: a text payload is searched as a string. The events of a stream
    must come in order. Raises ExpressionError, here or (for an unknown function) from the function.
    """
    import jmespath  # only who selects by payload pays for it
    from jmespath.exceptions import JMESPathError, JMESPathTypeError

    mended = mend(expression)
    try:
        if mended != expression:
            jmespath.compile(mended)
            raise ExpressionError(expression, "jq and JMESPath differ here", mended)
        search = jmespath.compile(expression).search
    except JMESPathError as error:
        raise ExpressionError(expression, f"not a JMESPath expression ({_first_line(error)})") from None

    payloads = Payloads("auto", report=lambda problem: None)

    def evaluate(record: Record) -> Any:
        text = payloads.text(record)
        value = record.data if text is None else jsontext.loads(text.decode())
        try:
            return search(value)
        except JMESPathTypeError:  # `length(n)` where n is a number here: nothing is found, as with a missing key
            return None
        except JMESPathError as error:
            raise ExpressionError(expression, f"line {record.line}: {_first_line(error)}") from None

    return evaluate


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(":")


# What must not be touched: raw strings, literals, quoted names. Then what jq writes differently.
_TOKEN = re.compile(
    r"""(?P<kept>'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)
    |(?P<quoted>"(?:[^"\\]|\\.)*")
    |(?P<comparison>[=!<>]=|[<>])
    |(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<space>\s+)
    |(?P<other>\|\||&&|.)""",
    re.VERBOSE | re.DOTALL,
)
_SELECT = re.compile(r"select\s*\((.*)\)\Z", re.DOTALL)
_BEFORE_OPERAND: Final = frozenset({"", "(", ",", "!", "&&", "||", "|"})
_CONSTANTS: Final = frozenset({"true", "false", "null"})
_OPERATORS: Final = {"and": "&&", "or": "||"}


def mend(expression: str) -> str:
    """The JMESPath for an expression in jq's manner; an expression without jq habits comes back unchanged."""
    inside = _SELECT.match(expression.strip())
    if inside:
        expression = inside[1]
    out: list[str] = []
    previous = ""  # the last token that is no space, as a kind of place
    nesting = [""]
    tokens = list(_TOKEN.finditer(expression))
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
