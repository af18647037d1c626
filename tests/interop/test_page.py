"""The page of `view` in Chromium: what it shows, how it is used, and that nothing in it runs or goes out.

Run by `.ci/interop`, which has the browser; elsewhere these tests are skipped, and say so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from streamconv.cli.page_server import Feed, PageServer
from tests.conftest import FIXTURES
from tests.interop.pages import HOSTILE, browser, chat, event, made, needs_chromium, timed

pytest.importorskip("playwright", reason="run by .ci/interop")
pytestmark = needs_chromium

Open = Callable[..., Any]
SELECTED = "#grid [aria-selected=true]"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as launched:
        yield launched


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Open]:
    """Opens a page; at the end, all of them must have asked for nothing, and complained of nothing."""
    contexts: list[Any] = []
    requests: list[str] = []
    complaints: list[str] = []

    def opened(path: Path, fragment: str = "", **settings: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 720}, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("#grid .line")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [url.partition("#")[0] for url in requests] == [url.partition("#")[0] for url in requests if "file:" in url]
    assert len(requests) == len(contexts)  # each asked for itself only
    assert complaints == []


def rows(page: Any) -> list[list[str]]:
    """The cells of the lines in sight, from the top."""
    lines = "[...document.querySelectorAll('#grid .line')].filter(line => !line.hidden)"
    found = page.evaluate(
        f"{lines}.sort((a, b) => a.dataset.at - b.dataset.at).map(line => [...line.children].map(c => c.textContent))"
    )
    assert isinstance(found, list)
    return found


def column(page: Any, name: str) -> list[str]:
    at = page.get_attribute("#grid", "data-columns").split().index(name)
    return [row[at] for row in rows(page)]


def until(page: Any, condition: str) -> None:
    """Wait for a condition; Playwright's own way is one that the policy of the page forbids."""
    page.evaluate(
        f"""() => new Promise((done, failed) => {{
            const look = () => {condition} ? done() : requestAnimationFrame(look);
            setTimeout(() => failed(new Error(location.hash + ' never became so')), 10_000);
            look();
        }})"""
    )


def text(page: Any, selector: str) -> str:
    found = page.inner_text(selector)
    assert isinstance(found, str)
    return found


# What it shows


def test_the_rows_of_a_stream(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", FIXTURES / "ping.sse"))
    assert page.get_attribute("#grid", "data-columns") == "number type id data size"
    assert rows(page) == [
        ["1", "progress", "a", r"first\nsecond line", "71 B"],
        ["", "comment", "", ": ping", "10 B"],
        ["2", "progress", "", '{"done":true}', "40 B"],
    ]
    assert text(page, "h1") == "ping.sse"
    assert text(page, "#facts").split("\n")[0].startswith("sse")
    assert page.title() == "ping.sse"


def test_columns_without_content_are_left_out(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", FIXTURES / "chat.ndjson"))
    assert page.get_attribute("#grid", "data-columns") == "number data size"
    page = open_page(made(tmp_path / "q.html", chat(tmp_path / "chat.timed")))
    assert page.get_attribute("#grid", "data-columns") == "number time gap type data size"
    page.set_viewport_size({"width": 480, "height": 800})
    until(page, "document.getElementById('grid').dataset.columns === 'number time type data'")


def test_the_details_of_a_record(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.sse"
    source.write_text(
        'retry: 3000\nid: 7\nevent: delta\nmeta: x\ndata: {"a":[1.0,{"b":null}],"long":12345678901234567890}\n\n'
    )
    page = open_page(made(tmp_path / "p.html", source), "#1")
    fields = text(page, ".fields").split("\n")
    known = dict(zip(fields[::2], fields[1::2], strict=True))
    assert known["event"] == "delta"
    assert known["id"] == "7"
    assert known["retry"] == "3000 ms"
    assert known["meta"] == "x"
    assert known["place"].endswith("a.sse:1, byte 0")
    assert known["size"] == f"{source.stat().st_size} B"
    assert text(page, ".tree").split("\n") == [
        "{2}",
        "a: [2]",
        "0: 1.0",
        "1: {1}",
        "b: null",
        "long: 12345678901234567890",
    ]
    page.keyboard.press("2")
    assert text(page, ".view.text") == '{"a":[1.0,{"b":null}],"long":12345678901234567890}'
    page.keyboard.press("3")
    assert text(page, ".view.raw").split("\n")[:4] == ["1", r"retry: 3000\n", "2", r"id: 7\n"]
    page.keyboard.press("4")
    first = page.locator(".dump .line").first
    assert re.split(r" {2,}|\n", first.inner_text())[0] == "00000000"
    assert "72 65 74 72 79 3a 20 33" in first.inner_text()


def test_the_exact_bytes_of_what_is_no_utf8(open_page: Open, tmp_path: Path) -> None:
    page = open_page(
        made(tmp_path / "p.html", FIXTURES / "broken" / "latin-1.sse"), "#1", viewport={"width": 1700, "height": 500}
    )
    assert "caf\ufffd" in rows(page)[0][1]
    page.keyboard.press("4")
    assert page.locator(".dump").inner_text().split("\n") == [
        "00000000",
        "64 61 74 61 3a 20 63 61  66 e9 0a 0a",
        "data: caf···",
    ]
    assert page.locator(".dump mark.error").first.inner_text() == "e9"


def test_problems_stand_beside_their_records_and_in_a_list(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", FIXTURES / "broken" / "bad-line.ndjson"))
    severities = page.evaluate("[...document.querySelectorAll('#grid .line')].map(l => l.dataset.severity)")
    assert sorted(filter(None, severities)) == ["error", "error", "warning"]
    page.click("#panes [data-pane=problems]")
    assert page.locator(".problems .rule").all_inner_texts() == [
        "ndjson-invalid-json",
        "json-nan-infinity",
        "ndjson-blank-line",
    ]
    page.click(".problems .place >> nth=1")
    assert "NaN is not JSON" in text(page, ".record .problems")
    assert text(page, "mark.error") == "NaN"
    until(page, "location.hash === '#@17'")


def test_many_problems_of_one_record_come_in_parts(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.sse"
    source.write_text("".join(f"field{n}: x\n" for n in range(450)) + "data: 1\n\n")
    page = open_page(made(tmp_path / "p.html", source), "#1")
    assert page.locator(".record .problem").count() == 200
    page.click(".record .problems .more")
    page.click(".record .problems .more")
    assert page.locator(".record .problem").count() == 450
    assert page.locator(".record .problems .more").count() == 0


def test_what_the_stream_adds_up_to(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", FIXTURES / "anthropic.sse"))
    assert page.get_attribute("#panes [data-pane=message]", "aria-selected") == "true"
    said = text(page, ".message-view")
    assert "complete" in said
    assert "Hello, world!" in said
    page.click(".message-view button")
    assert text(page, ".record-name") == "#10 message_stop"


def test_a_stream_that_was_cut_is_said_to_be(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", chat(tmp_path / "chat.timed")))
    assert page.locator(".not-complete").first.inner_text().startswith("cut in")
    page.keyboard.press("End")
    assert "incomplete" in text(page, ".record-name")


def test_several_captures_are_a_list(open_page: Open, tmp_path: Path) -> None:
    har = FIXTURES / "captures" / "chromium.har"
    page = open_page(made(tmp_path / "p.html", har, FIXTURES / "ping.sse"))
    names = page.locator("#captures .name").all_inner_texts()
    assert names == ["captures/chromium.har[2]", "captures/chromium.har[3]", "ping.sse"]
    page.keyboard.press("]")
    assert page.get_attribute("#captures button >> nth=1", "aria-current") == "true"
    assert column(page, "number") == ["1", "2", "3", "4", "5"]
    page.click("#captures button >> nth=2")
    page.keyboard.press("End")
    until(page, "location.hash === '#3.2'")


# How it is used


def test_the_filter_looks_in_type_id_and_data(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.sse"
    source.write_text(event("apple", "Red", "x1") + event("pear", "green", "x2") + event("plum", "blue", "red"))
    page = open_page(made(tmp_path / "p.html", source))
    page.keyboard.press("/")
    page.keyboard.type("^red$")
    assert column(page, "data") == ["apple", "plum"]
    assert text(page, "#count") == "2 of 3 records"
    page.fill("#filter", "p(ear|lum)")
    assert column(page, "data") == ["pear", "plum"]
    page.fill("#filter", "p(ear")
    assert column(page, "data") == ["pear", "plum"]
    assert "Invalid regular expression" in text(page, "#count")
    page.keyboard.press("Escape")
    assert text(page, "#count") == "3 records"
    assert column(page, "data") == ["apple", "pear", "plum"]
    page.select_option("#kind", "problems")
    assert text(page, "#count") == "0 of 3 records"


def test_sorting_up_down_and_as_it_came(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.sse"
    events = [("b", "10"), ("a", "9"), ("c", None), ("a", "100")]
    source.write_text("".join(event(data, id=id) for data, id in events))
    page = open_page(made(tmp_path / "p.html", source))
    orders = []
    for name in ("data", "id"):
        for _ in range(3):
            page.click(f".head .{name} button")
            orders.append("".join(column(page, "number")))
    assert orders == ["2413", "3124", "1234", "2143", "4123", "1234"]
    assert page.get_attribute(".head .id", "aria-sort") == "none"


def test_the_keyboard_moves_the_selection(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_text("".join(f'{{"n":{n}}}\n' if n % 40 else "{,}\n" for n in range(1, 121)))
    page = open_page(made(tmp_path / "p.html", source))
    reached = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "End", "PageUp", "Home", "PageDown", "n", "n", "n", "n", "p"):
        page.keyboard.press(key)
        selected = page.locator(SELECTED)
        assert selected.count() == 1
        assert page.get_attribute("#grid", "aria-activedescendant") == selected.get_attribute("id")
        reached.append(int(selected.get_attribute("data-at")) + 1)
    assert reached[:4] == [1, 2, 1, 120]
    page_size = 120 - reached[4]
    assert page_size > 10
    assert reached[5:7] == [1, 1 + page_size]
    assert reached[7:] == [40, 80, 120, 40, 120]
    page.fill("#filter", '"n":1.9')
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    assert (
        text(page, ".record-name") == "#107 message"
    )  # with a filter, the next match: n counts events, of which 2 went


def test_the_tree_is_walked_with_the_keyboard(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_text('{"a":{"odd name":[1,2]},"b":3}\n')
    page = open_page(made(tmp_path / "p.html", source), "#1")
    page.keyboard.press("Enter")
    path = "document.activeElement.dataset.path"
    assert page.evaluate(path) == ""
    for key in ("ArrowRight", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert page.evaluate(path) == '.a."odd name"[0]'
    assert text(page, ".path code") == 'a."odd name"[0]'
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(path) == ".b"
    page.click(".path button")
    assert column(page, "data") == ["3"]
    assert text(page, "#path") == "b ✕"
    page.click("#path")
    assert column(page, "data") == ['{"a":{"odd name":[1,2]},"b":3}']


def test_a_link_leads_to_a_record(open_page: Open, tmp_path: Path) -> None:
    path = made(tmp_path / "p.html", FIXTURES / "ping.sse", FIXTURES / "tokens.sse")
    page = open_page(path, "#2.7")
    assert text(page, ".record-name") == "#7 message"
    assert page.get_attribute("#captures button >> nth=1", "aria-current") == "true"
    page.evaluate("location.hash = '#1.@71'")
    until(page, "document.querySelector('.record-name').textContent === 'comment'")
    page.evaluate("location.hash = '#9.9'")
    page.evaluate("location.hash = '#nonsense'")
    assert text(page, ".record-name") == "comment"


def test_light_and_dark(open_page: Open, tmp_path: Path) -> None:
    path = made(tmp_path / "p.html", chat(tmp_path / "chat.timed"))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = open_page(path, color_scheme="light").evaluate(ground)
    page = open_page(path, color_scheme="dark")
    dark = page.evaluate(ground)
    assert light == "rgb(255, 255, 255)"
    assert dark == "rgb(27, 28, 32)"
    page.keyboard.press("t")
    assert page.evaluate(ground) == light
    page.click("#theme")
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough_to_read(open_page: Open, tmp_path: Path, scheme: str) -> None:
    """WCAG 2.2, 1.4.3 (AA): 4.5 to 1, for every text in sight."""
    page = open_page(made(tmp_path / "p.html", chat(tmp_path / "c.timed")), "#30", color_scheme=scheme)
    poor = page.evaluate(CONTRAST)
    assert poor == []


CONTRAST = """() => {
    const part = value => { const v = value / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 };
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const colour = text => text.match(/[0-9.]+/g).map(Number);
    const ground = element => {
        for (; element; element = element.parentElement) {
            const found = colour(getComputedStyle(element).backgroundColor);
            if (found.length < 4 || found[3] === 1) return found;
        }
        return [255, 255, 255];
    };
    const poor = [];
    for (const element of document.querySelectorAll('body *')) {
        const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility() || element.disabled || element.closest('script, style')) continue;
        const a = light(colour(getComputedStyle(element).color)), b = light(ground(element));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push([element.className, element.textContent.slice(0, 30), ratio]);
    }
    return poor;
}"""


def test_a_click_on_the_timeline_selects(open_page: Open, tmp_path: Path) -> None:
    source = timed(tmp_path / "a.timed", [(0.0, event("first")), (5.0, event("middle")), (10.0, event("last"))])
    page = open_page(made(tmp_path / "p.html", source))
    box = page.locator("canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    assert text(page, ".record-name") == "#2 message"
    assert page.get_attribute("canvas", "aria-label") == "Arrivals: 3 records in 10.00 s; longest silence 5.000 s"


def test_copying(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_text('{"a":1.0}\n"two"\n')
    page = open_page(made(tmp_path / "p.html", source), "#1", permissions=["clipboard-read", "clipboard-write"])
    copied = "navigator.clipboard.readText()"
    page.keyboard.press("c")
    until(page, "document.getElementById('said').textContent === 'Copied 1 record as data'")
    assert page.evaluate(copied) == '{"a":1.0}'
    page.select_option("#copy", "sse")
    until(page, "document.getElementById('said').textContent === 'Copied 2 records as SSE'")
    assert page.evaluate(copied) == 'data: {"a":1.0}\n\ndata: "two"\n\n'
    page.select_option("#copy", "records")
    until(page, "document.getElementById('said').textContent === 'Copied 2 records as records'")
    assert [json.loads(line) for line in page.evaluate(copied).splitlines()] == [
        {"n": 1, "data": {"a": 1.0}, "line": 1, "offset": 0, "size": 10},
        {"n": 2, "text": '"two"', "line": 2, "offset": 10, "size": 6},
    ]
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not here')) }")
    page.click(".copies button >> nth=1")
    until(page, "document.getElementById('said').textContent === 'Copied 1 record as SSE'")
    assert page.evaluate(copied) == 'data: {"a":1.0}\n\n'


def test_the_help_names_the_keys(open_page: Open, tmp_path: Path) -> None:
    page = open_page(made(tmp_path / "p.html", FIXTURES / "ping.sse"))
    page.keyboard.press("?")
    assert page.locator("#help kbd").all_inner_texts()[:2] == ["↑", "↓"]
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_the_page_of_what_goes_on_arriving(chromium: Any) -> None:
    feed = Feed()
    page = chromium.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    with PageServer(0, "live", feed) as server:
        page.goto(server.url)
        feed.add(b'{"capture":{"name":"a.sse","chain":"sse","format":"sse"}}')
        feed.add(b'{"rows":[{"n":1,"time":0,"line":1,"offset":0,"size":9,"raw":"data: 1\\n\\n","span":[6,7]}]}')
        page.wait_for_selector("#grid .line")
        assert rows(page) == [["1", "0.000", "", "1", "9 B"]]
        feed.add(
            b'{"rows":[{"n":2,"time":1.5,"gap":1.5,"line":3,"offset":9,"size":9,"raw":"data: 2\\n\\n","span":[6,7]}]}'
        )
        until(page, "document.getElementById('count').textContent === '2 records'")
        assert rows(page)[1] == ["2", "1.500", "+1.500 s", "2", "9 B"]
        feed.add(b'{"end":{"loose":[{"rule":"r","severity":"error","message":"m","of":9}],"cut":null,"message":null}}')
        feed.add(b'{"capture":{"name":"a.sse","chain":"sse","format":"sse"}}')
        feed.add(b'{"rows":[{"n":1,"line":1,"offset":0,"size":9,"raw":"data: 3\\n\\n","span":[6,7]}]}')
        until(page, "document.querySelectorAll('#captures button').length === 2")
        assert column(page, "data") == ["3"]
        page.keyboard.press("[")
        assert text(page, "#panes [data-pane=problems]") == "Problems (1)"
        feed.end()
        until(page, "document.getElementById('said').textContent === 'The stream has ended'")
        assert requests == [server.url, f"{server.url}events"]
    page.close()


# Nothing runs, nothing goes out


def test_hostile_payloads_are_text(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "</title><script>window.hacked=1<" / "a.sse"
    source.parent.mkdir(parents=True)
    payloads = [*HOSTILE, *(json.dumps({"__proto__": {"hacked": 1}, "constructor": one}) for one in HOSTILE)]
    stream = "".join(event(one, name=one.replace("\n", ""), id=one.replace("\0", "")) for one in payloads)
    source.write_bytes(f": {HOSTILE[0]}\n\n{stream}".encode("utf-8", "replace"))
    page = open_page(made(tmp_path / "p.html", source, "--title", HOSTILE[0]))
    for _ in range(len(payloads) + 1):
        page.keyboard.press("ArrowDown")
        for key in "1234":
            page.keyboard.press(key)
    page.click("#panes [data-pane=problems]")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("({}).hacked") is None
    assert page.evaluate("document.querySelectorAll('img, svg, a, iframe, object').length") == 0
    assert page.evaluate("document.querySelectorAll('script').length") == 1
    shown = column(page, "data")
    assert HOSTILE[0] in shown[1]
    assert r"\x1b[31mred\x1b[0m\x1b]0;title\x07" in shown
    assert r"\u202egnp.exe\u202c" in shown
    assert r"\u2028\u2029\x00\x7f\ufeff" in shown
    assert page.title() == HOSTILE[0]


def test_the_policy_of_the_page_forbids_all_but_its_own(open_page: Open, tmp_path: Path) -> None:
    """What the policy stops, even where a fault of ours would let it in."""
    path = made(tmp_path / "p.html", FIXTURES / "ping.sse")
    policy = re.search(rb'Content-Security-Policy" content="([^"]*)"', path.read_bytes())
    assert policy
    directives = dict(part.split(" ", 1) for part in policy[1].decode().split("; "))
    assert directives.pop("script-src").startswith("'sha256-")
    assert directives.pop("style-src").startswith("'sha256-")
    assert directives == {
        "default-src": "'none'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


# Large ones


def test_a_payload_of_ten_megabytes(open_page: Open, tmp_path: Path) -> None:
    source = tmp_path / "a.ndjson"
    source.write_text(json.dumps({"items": [{"k": "x" * 90} for _ in range(100_000)], "s": "é" * 1_000_000}) + "\n{}\n")
    page = open_page(made(tmp_path / "p.html", source), "#1")
    assert text(page, ".tree").startswith('{…}\nitems: […]\ns: "é')
    assert "998,000 more characters" in text(page, ".tree")
    page.locator(".tree [data-path='.items'] > .value-line").click()
    assert page.locator(".tree [data-path^='.items[']").count() >= 200
    page.keyboard.press("2")
    assert "show all" in text(page, ".view.text")
    page.keyboard.press("4")
    assert page.locator(".dump .line").count() < 100
    page.focus("#grid")
    page.keyboard.press("End")
    assert text(page, ".record-name") == "#2 message"


MANY = 100_000
FRAMES = """async () => {
    const scroller = document.querySelector('.scroller');
    const frames = [], draws = [];
    const next = () => new Promise(done => requestAnimationFrame(done));
    let before = await next();
    for (let step = 0; step < 240; step += 1) {
        const far = (step * 7919 % 100) / 100 * scroller.scrollHeight;
        scroller.scrollTop = step % 60 < 50 ? scroller.scrollTop + 240 : far;
        const now = await next();
        frames.push(now - before);
        before = now;
    }
    frames.sort((a, b) => a - b);
    return { median: frames[120], p95: frames[228], lines: document.querySelectorAll('#grid .line').length };
}"""
TIMED = """async () => {
    const took = action => { const start = performance.now(); action(); return performance.now() - start };
    const filter = document.getElementById('filter');
    const found = { filter: [], sort: [] };
    for (const pattern of ['word 1', 'x{40}', 'nothing', 'delta']) {
        filter.value = pattern;
        found.filter.push(took(() => filter.dispatchEvent(new Event('input'))));
    }
    filter.value = '';
    filter.dispatchEvent(new Event('input'));
    for (const name of ['size', 'type', 'id', 'data']) {
        found.sort.push(took(() => document.querySelector(`.head .${name} button`).click()));
    }
    const median = times => times.sort((a, b) => a - b)[1];
    return { filter: median(found.filter), sort: median(found.sort) };
}"""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    source = folder / "many.sse"
    source.write_text(
        "".join(
            event(
                f'{{"i":{at},"text":"word {at * 7919 % 100_003} {"x" * (at % 97)}"}}',
                "delta" if at % 7 else "ping",
                str(at),
            )
            for at in range(MANY)
        )
    )
    return made(folder / "many.html", source)


def test_a_hundred_thousand_records_scroll_smoothly(open_page: Open, many: Path) -> None:
    """The budget, for a browser that draws in software on a machine it shares: half of the frames within 50 ms, 95 of
    100 within 150 ms, in the best of three runs. Few lines are in the document, wherever it is scrolled to.
    """
    page = open_page(many)
    assert text(page, "#count") == "100,000 records"
    found = min((page.evaluate(FRAMES) for _ in range(3)), key=lambda run: run["p95"])
    print(f"\nscrolling: median frame {found['median']:.1f} ms, p95 {found['p95']:.1f} ms")
    assert found["lines"] < 60
    assert found["median"] < 50
    assert found["p95"] < 150
    page.keyboard.press("End")
    assert rows(page)[-1][0] == "100000"


def test_a_hundred_thousand_records_are_filtered_and_sorted_at_once(open_page: Open, many: Path) -> None:
    """Each within 300 ms on such a machine, in the best of three runs."""
    page = open_page(many)
    found = min((page.evaluate(TIMED) for _ in range(3)), key=lambda run: run["filter"] + run["sort"])
    print(f"\nfilter {found['filter']:.0f} ms, sort {found['sort']:.0f} ms")
    assert found["filter"] < 300
    assert found["sort"] < 300


def test_a_list_higher_than_browsers_draw(chromium: Any) -> None:
    """Two million lines: the scroll bar moves in larger steps, and every line can be reached."""
    from streamconv.reports.page import script_of

    page = chromium.new_page(viewport={"width": 400, "height": 480})
    page.set_content(
        "<style>#s { height: 480px; overflow: auto } .lines { position: relative }"
        ".line { position: absolute; height: 24px }</style><div id=s></div>"
    )
    page.evaluate(
        f"""() => {{ {script_of(["list.js"])}
        window.list = new VirtualList(document.getElementById('s'), 24, (line, at) => {{ line.textContent = at }});
        list.reset(2_000_000); }}"""
    )
    in_sight = """() => { const box = document.getElementById('s').getBoundingClientRect();
        return [...document.querySelectorAll('.line')].filter(line => { const own = line.getBoundingClientRect();
            return !line.hidden && own.top >= box.top - 1 && own.bottom <= box.bottom + 1 })
            .map(line => Number(line.textContent)).sort((a, b) => a - b) }"""
    for wanted in (0, 1, 777_777, 1_999_999, 1_000_000, 999_999):
        page.evaluate(f"list.reveal({wanted})")
        seen = page.evaluate(in_sight)
        assert wanted in seen
        assert seen == [*range(seen[0], seen[0] + len(seen))]
    assert page.evaluate("document.getElementById('s').scrollHeight") <= 8_000_000
    page.close()
