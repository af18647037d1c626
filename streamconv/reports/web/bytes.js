// Bytes and characters: what a record is made of, with nothing hidden.

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[\x20-\x7e]*$/; // most text is, and is told so at a glance
const JOINERS = new Set([0x200c, 0x200d]); // which emoji and Indic scripts are written with

const LAYOUT = new Set(["\t", "\n", "\r"]); // which belong where they stand

const encoder = new TextEncoder();

/** The bytes that base64 stands for. */
export function fromBase64(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

/** Text as UTF-8. */
export function toBytes(text) {
  return encoder.encode(text);
}

/** How a character that shows nothing, or steers how others are shown, is written: in Python's notation, "\x1b". */
export function picture(character) {
  const code = character.codePointAt(0);
  if (JOINERS.has(code)) return character;
  const named = { 0x09: "\\t", 0x0a: "\\n", 0x0d: "\\r" }[code];
  if (named) return named;
  const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${letter}${code.toString(16).padStart(digits, "0")}`;
}

/** Text on one line, in which nothing is hidden. */
export function visible(text) {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, picture);
}

/** The same as nodes, the pictures told apart; line breaks and tabs stay what they are where `lines`. */
export function visibleNodes(text, lines = false) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const character = match[0];
    const shown = picture(character);
    if (shown === character || (lines && (character === "\n" || character === "\t"))) continue;
    out.append(text.slice(from, match.index));
    const mark = document.createElement("span");
    mark.className = LAYOUT.has(character) ? "layout-character" : "hidden-character";
    mark.textContent = shown;
    out.append(mark);
    from = match.index + character.length;
  }
  out.append(text.slice(from));
  return out;
}

/** A row of the dump: offset, `width` bytes in hexadecimal, and as ASCII, as in `hexdump -C`. */
export function dumpRow(bytes, row, width, base) {
  const start = row * width;
  const part = bytes.subarray(start, start + width);
  return {
    offset: (base + start).toString(16).padStart(8, "0"),
    hex: Array.from(part, (byte) => byte.toString(16).padStart(2, "0")),
    text: Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")),
  };
}

/** A number of bytes for people: 94 B, 1.2 kB, 10.5 MB. */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  const units = ["kB", "MB", "GB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < 2) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A number of seconds for people: 35 µs, 12.4 ms, 1.204 s, 2 min 04 s. */
export function duration(seconds) {
  const length = Math.abs(seconds);
  if (length === 0) return "0 s";
  if (length < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (length < 1) return `${(seconds * 1000).toFixed(length < 0.1 ? 1 : 0)} ms`;
  if (length < 100) return `${seconds.toFixed(length < 10 ? 3 : 2)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** 1 record, 2 records. */
export function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
