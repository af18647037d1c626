// One record in depth: what it says, its problems, its payload as a tree and as text, and its exact bytes.

import { counted, dumpRow, duration, size, toBytes, visible, visibleNodes } from "./bytes.js";
import { payload, rawBytes, rawText, type } from "./data.js";
import { isJSON } from "./json.js";
import { VirtualList } from "./list.js";
import { button, element } from "./elements.js";
import { problemItems } from "./problems.js";
import { tree } from "./tree.js";

const MOST = 200_000; // characters of a text that are shown before "all" is asked for
const DUMP_LINE = 18; // pixels; the style sheet says the same
const DUMP_ROOM = 590; // pixels that 16 bytes in a line take
const VIEWS = ["json", "text", "raw", "bytes"];
const TITLES = { json: "JSON", text: "Text", raw: "Raw", bytes: "Bytes" };

export class Details {
  /** `onCopy(form)` is called with the form in which the record is to be copied, `onPath(path)` with the part of all
      payloads that the list is to show. */
  constructor(pane, onCopy, onPath) {
    this.pane = pane;
    this.onCopy = onCopy;
    this.onPath = onPath;
    this.row = null;
    this.wanted = "json"; // the view that was last asked for
  }

  show(row, place) {
    this.row = row;
    if (row === null) {
      this.pane.replaceChildren(element("p", "empty", "Choose a record: click it, or use the arrow keys. ? shows all keys."));
      return;
    }
    this.path = element("div", "path");
    this.body = element("div", "view");
    this.tabs = element("div", "tabs small");
    this.tabs.setAttribute("role", "tablist");
    this.pane.replaceChildren(
      ...[this.heading(), this.fields(place), this.problems(), this.bar(), this.body, this.path].filter(Boolean),
    );
    this.open(this.wanted, false);
  }

  heading() {
    const { row } = this;
    const heading = element("h2", "record-name", row.n === undefined ? "" : `#${row.n} `);
    heading.append(element("span", "type", visible(type(row))));
    return heading;
  }

  fields(place) {
    const { row } = this;
    const known = [
      ["event", row.event],
      ["id", row.id],
      ["last event id", row.last],
      ["retry", row.retry === undefined ? undefined : `${row.retry} ms`],
      ...(row.comments ?? []).map((comment) => ["comment", comment]),
      ["time", row.time === undefined ? undefined : `${row.time.toFixed(6)} s`],
      ["after", row.gap === undefined ? undefined : duration(row.gap)],
      ["place", `${place}:${row.line}, byte ${row.offset.toLocaleString("en")}`],
      ["size", `${size(row.size)}${row.size < 1000 ? "" : ` (${counted(row.size, "byte")})`}`],
      ...(row.unknown ?? []),
    ];
    const list = element("dl", "fields");
    for (const [name, value] of known) {
      if (value === undefined) continue;
      const said = element("dd");
      said.append(visibleNodes(String(value).slice(0, MOST)));
      list.append(element("dt", "", visible(name)), said);
    }
    return list;
  }

  problems() {
    if (!this.row.problems) return null;
    return problemItems(this.row.problems.map((problem) => [problem, null]));
  }

  bar() {
    const bar = element("div", "bar");
    for (const view of VIEWS) {
      const tab = button(TITLES[view], () => this.open(view));
      tab.setAttribute("role", "tab");
      tab.dataset.view = view;
      this.tabs.append(tab);
    }
    this.tabs.addEventListener("keydown", (event) => this.onTabKey(event));
    const copies = element("div", "copies", "Copy ");
    for (const [form, title] of [["data", "data"], ["sse", "SSE"], ["records", "record"]]) {
      copies.append(button(title, () => this.onCopy(form)));
    }
    bar.append(this.tabs, copies);
    return bar;
  }

  onTabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const open = [...this.tabs.children].filter((tab) => !tab.disabled);
    const at = open.findIndex((tab) => tab.getAttribute("aria-selected") === "true");
    const next = open[(at + step + open.length) % open.length];
    this.open(next.dataset.view);
    next.focus();
  }

  /** Show a view; the nearest one where this record does not have it. */
  open(view, asked = true) {
    if (this.row === null) return;
    if (asked) this.wanted = view;
    const data = payload(this.row);
    const json = data !== null && (/^\s*[[{]/.test(data) || this.row.json === true) && isJSON(data);
    const has = { json, text: data !== null, raw: true, bytes: true };
    const faulty = !json && view === "json" && this.row.problems; // where is seen in the raw text
    const shown = faulty ? "raw" : VIEWS.slice(VIEWS.indexOf(view)).find((one) => has[one]);
    for (const tab of this.tabs.children) {
      const selected = tab.dataset.view === shown;
      tab.setAttribute("aria-selected", String(selected));
      tab.tabIndex = selected ? 0 : -1;
      tab.disabled = !has[tab.dataset.view];
    }
    this.path.replaceChildren();
    this.body.className = `view ${shown}`;
    this.body.replaceChildren();
    this[shown](data);
  }

  json(data) {
    this.body.append(
      tree(data, (path) => {
        const show = button("show in list", () => this.onPath(path));
        this.path.replaceChildren(element("code", "", visible(path)), show);
      }),
    );
  }

  text(data) {
    this.body.append(long(data, (text) => visibleNodes(text, true)));
  }

  /** The record as it came, line by line, with its line ends, and the places of its problems marked. */
  raw() {
    const { row } = this;
    const text = rawText(row);
    const marks = row.b64 === undefined ? characters(row, text) : [];
    const before = text.slice(0, row.offset - (row.start ?? row.offset)).split(/\r\n|\r|\n/).length - 1;
    let number = row.line - before;
    this.body.append(
      long(text, (part) => {
        const lines = document.createDocumentFragment();
        let at = 0;
        for (const content of part.split(/(?<=\r\n|\n|\r(?!\n))/)) {
          const line = element("div", "raw-line");
          const said = element("span");
          said.append(marked(content, at, marks));
          line.append(element("span", "line-number", String(number++)), said);
          lines.append(line);
          at += content.length;
        }
        return lines;
      }),
    );
  }

  bytes() {
    const { row } = this;
    const bytes = rawBytes(row);
    const ranges = places(row);
    const scroller = element("div", "dump");
    scroller.tabIndex = 0;
    scroller.setAttribute("aria-label", "Bytes");
    this.body.append(scroller);
    const width = scroller.clientWidth < DUMP_ROOM ? 8 : 16;
    scroller.classList.toggle("narrow", width === 8);
    const list = new VirtualList(scroller, DUMP_LINE, (line, at) => {
      const { offset, hex, text } = dumpRow(bytes, at, width, row.start ?? row.offset);
      const severities = hex.map((_, index) => severityAt(ranges, at * width + index));
      line.replaceChildren(
        element("span", "offset", offset),
        cells(hex, severities, (index) => (index === 8 ? "  " : index ? " " : "")),
        cells(text, severities, () => ""),
      );
    });
    list.reset(Math.ceil(bytes.length / width));
    if (ranges.length) list.reveal(Math.floor(ranges[0].start / width));
  }
}

/** A text that is shown whole only when that is asked for. */
function long(text, render) {
  const out = element("div", "long");
  out.append(render(text.slice(0, MOST)));
  if (text.length <= MOST) return out;
  const more = button(`show all ${text.length.toLocaleString("en")} characters`, () => out.replaceChildren(render(text)));
  more.className = "more";
  out.append(more);
  return out;
}

/** Where the problems of a row stand in its bytes. */
function places(row) {
  return (row.problems ?? [])
    .filter((problem) => problem.within !== undefined)
    .map(({ within, length, severity }) => ({ start: within, end: within + Math.max(1, length), severity }));
}

function severityAt(ranges, at) {
  return ranges.find(({ start, end }) => start <= at && at < end)?.severity ?? "";
}

/** The same in the characters of its text. */
function characters(row, text) {
  const ranges = places(row);
  if (!ranges.length) return [];
  const bytes = toBytes(text);
  const before = (end) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, end)).length;
  return ranges.map(({ start, end, severity }) => ({ start: before(start), end: before(end), severity }));
}

/** A line of text with the marks that touch it; `from` is where it starts in the text they count in. */
function marked(content, from, marks) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const { start, end, severity } of marks) {
    const first = Math.max(start - from, at);
    const last = Math.min(end - from, content.length);
    if (last <= first) continue;
    const mark = element("mark", severity);
    mark.append(visibleNodes(content.slice(first, last)));
    out.append(visibleNodes(content.slice(at, first)), mark);
    at = last;
  }
  out.append(visibleNodes(content.slice(at)));
  return out;
}

/** Cells of the dump; those at the place of a problem are marked. */
function cells(texts, severities, space) {
  const out = element("span", "cells");
  let plain = "";
  for (const [index, text] of texts.entries()) {
    plain += space(index);
    if (!severities[index]) {
      plain += text;
      continue;
    }
    out.append(plain, element("mark", severities[index], text));
    plain = "";
  }
  out.append(plain);
  return out;
}
