// Which rows are shown, and in which order: pure functions over rows.

import { payload, said, type } from "./data.js";

/** The columns; `value` is what is sorted by. */
export const COLUMNS = [
  { name: "number", title: "#", value: (row) => row.n ?? null, numeric: true },
  { name: "time", title: "Time", value: (row) => row.time ?? null, numeric: true },
  { name: "gap", title: "Δt", value: (row) => row.gap ?? null, numeric: true },
  { name: "type", title: "Type", value: type },
  { name: "id", title: "Id", value: (row) => row.id ?? null },
  { name: "data", title: "Data", value: said },
  { name: "size", title: "Size", value: (row) => row.size, numeric: true },
];

/** The columns that any of the rows has something in. */
export function usedColumns(capture) {
  const used = {
    number: capture.events > 0,
    time: capture.timed,
    gap: capture.timed,
    type: capture.rows.some((row) => row.event || row.label),
    id: capture.rows.some((row) => row.id !== undefined),
    data: true,
    size: true,
  };
  return COLUMNS.filter((column) => used[column.name]);
}

/** A case-insensitive regular expression; throws SyntaxError. */
export function compile(pattern) {
  return new RegExp(pattern, "i");
}

/** True where type, id or data (or what a record without data says) matches. */
export function matches(row, expression) {
  return (
    expression.test(payload(row) ?? said(row)) ||
    expression.test(type(row)) ||
    (row.id !== undefined && expression.test(row.id))
  );
}

const KEPT = {
  all: () => true,
  events: (row) => row.label === undefined,
  problems: (row) => row.problems !== undefined,
};

/** The indices of the rows of a kind ("all", "events", "problems") that match; all of them where there is no expression. */
export function select(rows, kind, expression) {
  const kept = KEPT[kind];
  const found = new Uint32Array(rows.length);
  let count = 0;
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index];
    if (kept(row) && (expression === null || matches(row, expression))) found[count++] = index;
  }
  return found.slice(0, count);
}

/** The indices in the order of a column; rows without a value come last, equal ones stay in stream order. */
export function sorted(rows, indices, column, descending) {
  const values = new Array(rows.length);
  for (const index of indices) values[index] = column.value(rows[index]);
  const texts = column.numeric || isNumbered(values, indices) ? null : values;
  const keys = texts ? starts(texts, indices) : numbers(values, indices);
  const sign = descending ? -1 : 1;
  return indices.slice().sort((a, b) => {
    const x = keys[a];
    const y = keys[b];
    if (x !== y) return x === Infinity || y === Infinity ? (x < y ? -1 : 1) : x < y ? -sign : sign;
    if (!texts || texts[a] === texts[b]) return a - b;
    return texts[a] < texts[b] ? -sign : sign;
  });
}

function numbers(values, indices) {
  const keys = new Float64Array(values.length);
  for (const index of indices) keys[index] = values[index] === null ? Infinity : Number(values[index]);
  return keys;
}

/** True where all texts are counted up, as ids often are. */
function isNumbered(values, indices) {
  return indices.every((index) => values[index] === null || /^[0-9]{1,15}$/.test(values[index]));
}

/** What decides nearly all comparisons without one: the three characters after those that all texts begin with. */
function starts(texts, indices) {
  const present = indices.filter((index) => texts[index] !== null);
  const first = texts[present[0]] ?? "";
  let shared = first.length;
  for (const index of present) {
    const text = texts[index];
    let same = 0;
    while (same < shared && text.charCodeAt(same) === first.charCodeAt(same)) same += 1;
    shared = same;
  }
  const keys = new Float64Array(texts.length).fill(Infinity);
  for (const index of present) {
    let key = 0;
    for (let at = shared; at < shared + 3; at += 1) key = key * 65537 + 1 + (texts[index].charCodeAt(at) || -1);
    keys[index] = key;
  }
  return keys;
}
