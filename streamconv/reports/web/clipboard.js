// Records as text to paste elsewhere: their data, as an event stream, or in streamconv's records format.

import { isJSON } from "./json.js";
import { payload, rawText } from "./data.js";

/** The forms; each makes the text of one row, "" where it has nothing to say. */
export const FORMS = { data: asData, sse: asSSE, records: asRecord };

/** The payloads, one a line. */
export function asData(row) {
  const data = payload(row);
  return data === null ? "" : `${data}\n`;
}

/** What WHATWG HTML 9.2.6 reads as this record; the text itself where it was an event stream. */
export function asSSE(row, format) {
  if (format === "sse") return rawText(row);
  const data = payload(row);
  if (data === null) return "";
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  const event = row.event && !/[\r\n]/.test(row.event) ? `event: ${row.event}\n` : "";
  const id = row.id !== undefined && !/[\r\n\0]/.test(row.id) ? `id: ${row.id}\n` : "";
  return `${event}${id}${lines.join("")}\n`;
}

/** One object of application/x-streamconv-records. */
export function asRecord(row) {
  const members = [];
  const add = (name, value) => {
    if (value !== undefined) members.push(`"${name}":${JSON.stringify(value)}`);
  };
  add("n", row.n);
  add("kind", row.kind);
  for (const name of ["event", "id", "retry", "comments", "unknown"]) add(name, row[name]);
  const data = payload(row);
  if (data !== null) {
    if (row.kind === undefined && /^[[{][^\r\n]*[\]}]$/.test(data) && isJSON(data)) members.push(`"data":${data}`);
    else add("text", data);
  }
  for (const name of ["time", "line", "offset", "size"]) add(name, row[name]);
  return `{${members.join(",")}}\n`;
}

/** Put text on the clipboard; true where that was possible. Pages on a disk may not have `navigator.clipboard`. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text);
  }
}

function copyFromField(text) {
  const field = document.createElement("textarea");
  const focused = document.activeElement;
  field.value = text;
  field.className = "off-screen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return done;
}
