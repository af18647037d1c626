// The captures of this page: what each block of data says, as it was written by reports/page.py.

import { fromBase64, toBytes, visible } from "./bytes.js";
import { isJSON, lookUp, stringValue } from "./json.js";

const SHOWN = 400; // characters of a payload that can be seen in a line of the list

/** One capture: what is known of it, its rows, and the problems of no record. */
export class Capture {
  constructor(about) {
    this.about = about;
    this.rows = [];
    this.loose = [];
    this.cut = null; // why there are more records than the page holds
    this.message = null; // what the stream adds up to
    this.events = 0;
    this.size = 0;
    this.timed = false;
    this.faulty = []; // the indices of rows with problems
    this.byNumber = []; // number of an event -> index of its row
  }

  add(rows) {
    for (const row of rows) {
      const index = this.rows.length;
      this.rows.push(row);
      this.size += row.size;
      this.timed ||= row.time !== undefined;
      if (row.problems) this.faulty.push(index);
      if (row.n !== undefined) {
        this.events += 1;
        this.byNumber[row.n] = index;
      }
    }
  }

  /** What is known after the rows; of a stream that goes on, what is known by now. */
  end({ loose, cut, message }) {
    this.cut = cut;
    this.message = message;
    const faulty = new Set(this.faulty);
    this.loose = loose.filter((problem) => {
      const index = problem.of === undefined ? -1 : this.indexAt(problem.of);
      if (index < 0) return true;
      faulty.add(index);
      const beside = (this.rows[index].problems ??= []); // it could be known only after its row was given
      if (!beside.some(({ rule, place }) => rule === problem.rule && place === problem.place)) beside.push(problem);
      return false;
    });
    this.faulty = [...faulty].sort((a, b) => a - b);
  }

  /** The index of the row at a byte; -1 where none begins there. */
  indexAt(offset) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].offset < offset) low = middle + 1;
      else high = middle;
    }
    return this.rows[low]?.offset === offset ? low : -1;
  }

  /** All problems as [problem, index of its row or -1], in stream order. */
  problems() {
    const found = this.faulty.flatMap((index) => this.rows[index].problems.map((problem) => [problem, index]));
    return [...found, ...this.loose.map((problem) => [problem, -1])];
  }
}

/** Every block of the page, in order; the text of each is let go once it is read. */
export function readCaptures() {
  const captures = [];
  for (const block of document.querySelectorAll('script[type="application/json"]')) {
    take(captures, JSON.parse(block.textContent));
    block.remove();
  }
  return captures;
}

/** Add what a block says to the captures. */
export function take(captures, block) {
  if (block.capture) captures.push(new Capture(block.capture));
  if (block.rows) captures.at(-1).add(block.rows);
  if (block.end) captures.at(-1).end(block.end);
}

/** The payload text; null where there is none. It is mostly a part of the raw text, and then only there. */
export function payload(row) {
  if (row.span) return row.raw.slice(row.span[0], row.span[1]);
  return row.data ?? null;
}

/** The exact bytes. */
export function rawBytes(row) {
  return row.b64 !== undefined ? fromBase64(row.b64) : toBytes(row.raw);
}

/** The text of the bytes, as far as they are text. */
export function rawText(row) {
  return row.raw ?? new TextDecoder().decode(fromBase64(row.b64));
}

/** The type that a client dispatches; of what is no event, what it is. */
export function type(row) {
  return row.label ?? (row.event || "message");
}

/** What the Data column says, and what the filter looks in besides type and id. */
export function said(row) {
  const data = payload(row);
  if (data !== null) return data;
  const parts = (row.comments ?? []).map((comment) => `: ${comment}`);
  if (row.retry !== undefined) parts.push(`retry: ${row.retry}`);
  for (const [name, value] of row.unknown ?? []) parts.push(`${name}: ${value}`);
  return parts.length ? parts.join(" ") : rawText(row);
}

/** The same for one line of the list: short, with nothing hidden, the escapes of JSON decoded. */
export function shown(row) {
  const text = said(row).slice(0, SHOWN);
  return visible(/^\s*[[{"]/.test(text) ? text.replace(/\\u[0-9a-fA-F]{4}/g, decoded) : text);
}

function decoded(escape) {
  const code = parseInt(escape.slice(2), 16);
  return code === 0x22 || code === 0x5c ? escape : String.fromCharCode(code);
}

/** What stands in the payload at the steps of a path, for one line of the list: "" where nothing does, all that a record
    says which has no JSON. */
export function shownAt(row, wanted) {
  const data = payload(row);
  if (data === null || !isJSON(data)) return shown(row);
  const found = lookUp(data, wanted);
  return found === null ? "" : visible(found.startsWith('"') ? stringValue(found).slice(0, SHOWN) : found.slice(0, SHOWN));
}

/** How a record is named in the address: `412`, or `@310` by its byte where it has no number. */
export function address(row) {
  return row.n !== undefined ? String(row.n) : `@${row.offset}`;
}
