"""Filters and how they are composed and driven. No I/O: the two drivers take the chunks from whoever has them."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from streamconv.record import Record

BLOCK: Final = 64 * 1024  # bytes handed to a filter at once: past 256 KiB the allocator eats the gain

In_contra = TypeVar("In_contra", contravariant=True)
Out_co = TypeVar("Out_co", covariant=True)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
T = TypeVar("T")


class Filter(Protocol[In_contra, Out_co]):
    """Anything with `feed(item)` and `finish()`.

    Two currencies flow: `bytes`, and `list[Record]`, a batch: what one chunk completed. End of input is `finish()`,
    never `feed(b"")`. A filter that sets `done = True` wants no more: drivers stop reading and finish what stands
    after it.
    """

    def feed(self, item: In_contra, /) -> Out_co:
        """Take one item and return what it completed."""

    def finish(self) -> Out_co:
        """Return what was still held back. Called once, after the last item."""


class TimedBytes(bytes):
    """A chunk that knows when it arrived: `time`, in seconds since the capture began."""

    time: float

    def __new__(cls, data: bytes, time: float) -> TimedBytes:
        """`data` as it arrived at `time`."""
        chunk = super().__new__(cls, data)
        chunk.time = time
        return chunk


class Pipe:
    """Filters, one after the other, as one Filter. Made by `pipe`."""

    def __init__(self, filters: tuple[Filter[Any, Any], ...]) -> None:
        # Flat, so that finishing can start after a filter inside a pipe inside this one.
        self._filters: tuple[Filter[Any, Any], ...] = tuple(
            inner for one in filters for inner in (one._filters if isinstance(one, Pipe) else (one,))
        )

    @property
    def done(self) -> bool:
        """True when one of the filters wants no more."""
        return any(getattr(one, "done", False) for one in self._filters)

    def feed(self, item: Any, /) -> Any:
        """Hand the item through all filters."""
        for one in self._filters:
            item = one.feed(item)
        return item

    def finish(self) -> Any:
        """Finish the filters in order, each after what the ones before it still gave."""
        filters = self._filters
        over = [at for at, one in enumerate(filters) if getattr(one, "done", False)]
        # What stands before a filter that wants no more is cut off, not ended: it must not speak of an end of input.
        rest: Any = None
        for one in filters[over[-1] + 1 if over else 0 :]:
            passed = None if rest is None else one.feed(rest)
            last = one.finish()
            rest = last if passed is None else passed + last
        return [] if rest is None else rest


@overload
def pipe(a: Filter[A, B], /) -> Filter[A, B]: ...
@overload
def pipe(a: Filter[A, B], b: Filter[B, C], /) -> Filter[A, C]: ...
@overload
def pipe(a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], /) -> Filter[A, D]: ...
@overload
def pipe(a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, E], /) -> Filter[A, E]: ...
@overload
def pipe(a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, E], e: Filter[E, F], /) -> Filter[A, F]: ...
@overload
def pipe(
    a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, E], e: Filter[E, F], f: Filter[F, G], /
) -> Filter[A, G]: ...
def pipe(*filters: Filter[Any, Any]) -> Filter[Any, Any]:
    """Compose filters into one. Longer chains nest: `pipe(pipe(a, b, c), d)`."""
    return Pipe(filters)


@overload
def run(chunks: Iterable[A], a: Filter[A, list[T]], /) -> Iterator[T]: ...
@overload
def run(chunks: Iterable[A], a: Filter[A, bytes], /) -> Iterator[bytes]: ...
@overload
def run(chunks: Iterable[A], a: Filter[A, B], b: Filter[B, list[T]], /) -> Iterator[T]: ...
@overload
def run(chunks: Iterable[A], a: Filter[A, B], b: Filter[B, bytes], /) -> Iterator[bytes]: ...
@overload
def run(chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, list[T]], /) -> Iterator[T]: ...
@overload
def run(chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, bytes], /) -> Iterator[bytes]: ...
@overload
def run(
    chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, list[T]], /
) -> Iterator[T]: ...
@overload
def run(
    chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, bytes], /
) -> Iterator[bytes]: ...
@overload
def run(
    chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, E], e: Filter[E, list[T]], /
) -> Iterator[T]: ...
@overload
def run(
    chunks: Iterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, E], e: Filter[E, bytes], /
) -> Iterator[bytes]: ...
def run(chunks: Iterable[Any], *filters: Filter[Any, Any]) -> Iterator[Any]:
    """Drive the filters over the chunks and iterate over what comes out: Records of a batch one by one, or bytes."""
    for out in outputs(chunks, Pipe(filters)):
        yield from _flat(out)


def outputs(chunks: Iterable[A], filter: Filter[A, B]) -> Iterator[B]:
    """Drive a filter over the chunks and iterate over what it returns: a batch, or bytes, for each block of them."""
    for chunk in chunks:
        for block in blocks(chunk):
            yield filter.feed(block)
            if getattr(filter, "done", False):
                break
        if getattr(filter, "done", False):
            break
    yield filter.finish()


@overload
def arun(chunks: AsyncIterable[A], a: Filter[A, list[T]], /) -> AsyncIterator[T]: ...
@overload
def arun(chunks: AsyncIterable[A], a: Filter[A, bytes], /) -> AsyncIterator[bytes]: ...
@overload
def arun(chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, list[T]], /) -> AsyncIterator[T]: ...
@overload
def arun(chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, bytes], /) -> AsyncIterator[bytes]: ...
@overload
def arun(chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, list[T]], /) -> AsyncIterator[T]: ...
@overload
def arun(
    chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, bytes], /
) -> AsyncIterator[bytes]: ...
@overload
def arun(
    chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, list[T]], /
) -> AsyncIterator[T]: ...
@overload
def arun(
    chunks: AsyncIterable[A], a: Filter[A, B], b: Filter[B, C], c: Filter[C, D], d: Filter[D, bytes], /
) -> AsyncIterator[bytes]: ...
async def arun(chunks: AsyncIterable[Any], *filters: Filter[Any, Any]) -> AsyncIterator[Any]:
    """`run` over chunks that must be awaited. However it ends, the chunks are closed, where they can be."""
    written = aoutputs(chunks, Pipe(filters))
    try:
        async for out in written:
            for item in _flat(out):
                yield item
    finally:
        await aclose(written)


async def aoutputs(chunks: AsyncIterable[A], filter: Filter[A, B]) -> AsyncIterator[B]:
    """`outputs` over chunks that must be awaited. However it ends, the chunks are closed, where they can be."""
    iterator = aiter(chunks)
    try:
        async for chunk in iterator:
            for block in blocks(chunk):
                yield filter.feed(block)
                if getattr(filter, "done", False):
                    break
            if getattr(filter, "done", False):
                break
        yield filter.finish()
    finally:
        await aclose(iterator)


async def aclose(chunks: AsyncIterator[Any]) -> None:
    """Close what iterates over chunks, where it can be closed, as generators can: left alone, they linger."""
    close = getattr(chunks, "aclose", None)
    if close is not None:
        await close()


def blocks(chunk: Any, size: int = BLOCK) -> Iterable[Any]:
    """A chunk of bytes in pieces of at most `size`: one huge chunk is to cost no more memory than many small ones."""
    if not isinstance(chunk, bytes) or len(chunk) <= size:
        return (chunk,)
    pieces = (chunk[at : at + size] for at in range(0, len(chunk), size))
    return (TimedBytes(piece, chunk.time) for piece in pieces) if isinstance(chunk, TimedBytes) else pieces


def _flat(out: Any) -> Iterable[Any]:
    if isinstance(out, bytes):
        return (out,) if out else ()
    return out if isinstance(out, list) else (out,)


class Each(Filter[list["Record"], list[T]]):
    """A plain function over the records of a batch. Made by `each`."""

    def __init__(self, function: Callable[[Record], T]) -> None:
        self._function = function

    def feed(self, item: list[Record], /) -> list[T]:
        """What the function makes of each."""
        return [*map(self._function, item)]

    def finish(self) -> list[T]:
        """Nothing is held back."""
        return []


class Keep(Filter[list["Record"], list["Record"]]):
    """The records of a batch that a predicate is true for. Made by `keep`."""

    def __init__(self, predicate: Callable[[Record], object]) -> None:
        self._predicate = predicate

    def feed(self, item: list[Record], /) -> list[Record]:
        """The records that the predicate is true for."""
        return [*filter(self._predicate, item)]

    def finish(self) -> list[Record]:
        """Nothing is held back."""
        return []


def each(function: Callable[[Record], T]) -> Each[T]:
    """Lift a plain function to a filter: `each(lambda record: record.replace(id=None))`."""
    return Each(function)


def keep(predicate: Callable[[Record], object]) -> Keep:
    """Lift a predicate to a filter: `keep(lambda record: record.type == "error")`."""
    return Keep(predicate)
