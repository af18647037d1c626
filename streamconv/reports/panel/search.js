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
  const keys = column.numeric ? numbers(rows, indices, column) : ranks(rows, indices, column);
  const sign = descending ? -1 : 1;
  return indices.slice().sort((a, b) => {
    const x = keys[a];
    const y = keys[b];
    if (x === y) return a - b;
    if (x === Infinity || y === Infinity) return x === Infinity ? 1 : -1;
    return x < y ? -sign : sign;
  });
}

function numbers(rows, indices, column) {
  const keys = new Float64Array(rows.length);
  for (const index of indices) keys[index] = column.value(rows[index]) ?? Infinity;
  return keys;
}

/** Numbers in the order of the texts: each distinct text is compared only once; digits count as numbers where all are. */
function ranks(rows, indices, column) {
  const texts = new Map();
  for (const index of indices) {
    const text = column.value(rows[index]);
    if (text !== null && !texts.has(text)) texts.set(text, 0);
  }
  const distinct = [...texts.keys()];
  if (distinct.every((text) => /^[0-9]{1,15}$/.test(text))) distinct.sort((a, b) => a - b);
  else distinct.sort();
  distinct.forEach((text, rank) => texts.set(text, rank));
  const keys = new Float64Array(rows.length);
  for (const index of indices) {
    const text = column.value(rows[index]);
    keys[index] = text === null ? Infinity : texts.get(text);
  }
  return keys;
}
