"""The text of a message, while it comes."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from streamconv.protocols.assembler import Said
from streamconv.protocols.sign import Delta


class LiveText:
    """Texts of one choice to what can be written of them; a character whose escapes are split waits for the rest."""

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._decode = codecs.getincrementaldecoder("utf-16-le")("replace")
        self._written: list[str] = []

    def feed(self, said: Sequence[Said]) -> str:
        """The text that is new in these."""
        texts = (
            sign.text
            for _, sign in said
            if isinstance(sign, Delta) and sign.choice == self._choice and sign.channel == "text"
        )
        return self._pass("".join(texts))

    def _pass(self, text: str, *, final: bool = False) -> str:
        new = self._decode.decode(text.encode("utf-16-le", "surrogatepass"), final)
        self._written.append(new)
        return new

    def finish(self, whole: str) -> str | None:
        """The rest of what is the whole text in the end; None where that does not begin with what was written."""
        last = self._pass("", final=True)
        written = "".join(self._written)
        whole = writable(whole)
        return last + whole[len(written) :] if whole.startswith(written) else None


def writable(text: str) -> str:
    """The text with U+FFFD for the halves of characters, which UTF-8 cannot hold."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
