// JSON as text (RFC 8259): the tree of a payload, read lazily and exactly as written.
//
// Values are never made: `1.0`, `1e400`, 30-digit integers, duplicate keys and `__proto__` stay what they are. A text is
// known to be valid before it is walked, so the scanner below only has to find where things end. Only the children of
// what is open are looked for, so a payload of 10 MB costs what is seen of it.

const OPEN = 0x7b, CLOSE = 0x7d, OPEN_ARRAY = 0x5b, CLOSE_ARRAY = 0x5d, QUOTE = 0x22, BACKSLASH = 0x5c;
const KINDS = { "{": "object", "[": "array", '"': "string", t: "literal", f: "literal", n: "literal" };

/** True for exactly one JSON text. */
export function isJSON(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The value that a valid JSON text is: `kind`, and where it stands in the text. */
export function root(text) {
  const start = spaceEnd(text, 0);
  return { key: null, kind: kindAt(text, start), start, end: valueEnd(text, start) };
}

/** The members or elements of the object or array that starts at `start`; at most `limit` of them, past the first `skip`. */
export function children(text, start, limit = Infinity, skip = 0) {
  const found = [];
  const isObject = text.charCodeAt(start) === OPEN;
  let at = spaceEnd(text, start + 1);
  for (let index = 0; !closes(text.charCodeAt(at)) && index < skip + limit; index += 1) {
    let key = index;
    if (isObject) {
      const end = stringEnd(text, at);
      key = text.slice(at, end);
      at = spaceEnd(text, spaceEnd(text, end) + 1); // past the colon
    }
    const end = valueEnd(text, at);
    if (index >= skip) found.push({ key, kind: kindAt(text, at), start: at, end });
    at = spaceEnd(text, end);
    if (text[at] === ",") at = spaceEnd(text, at + 1);
  }
  return found;
}

/** What a JSON string, quotes and all, says. */
export function stringValue(text) {
  return JSON.parse(text);
}

/** How a JMESPath expression goes on from its parent to this child: `.name`, `."odd name"`, `[3]`. */
export function step(key) {
  if (typeof key === "number") return `[${key}]`;
  const name = stringValue(key);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `.${key}`;
}

/** The steps of a path as `step` wrote it; null where it is none. */
export function steps(path) {
  const found = path === "@" ? [] : path.match(/\[[0-9]+\]|\.?[A-Za-z_][A-Za-z0-9_]*|\.?"(?:[^"\\]|\\.)*"/g);
  if (found === null || (path !== "@" && found.join("") !== path)) return null;
  return found.map((one) => {
    if (one.startsWith("[")) return Number(one.slice(1, -1));
    const name = one.replace(/^\./, "");
    return name.startsWith('"') ? stringValue(name) : name;
  });
}

/** What stands in a valid JSON text at some steps from its root: the last of equal names; null where nothing does. */
export function lookUp(text, wanted) {
  let value = root(text);
  for (const one of wanted) {
    if (value.kind !== (typeof one === "number" ? "array" : "object")) return null;
    const found = typeof one === "number" ? children(text, value.start, 1, one) : children(text, value.start);
    value = typeof one === "number" ? found[0] : found.findLast(({ key }) => stringValue(key) === one);
    if (!value) return null;
  }
  return text.slice(value.start, value.end);
}

function kindAt(text, at) {
  return KINDS[text[at]] ?? "number";
}

function closes(code) {
  return code === CLOSE || code === CLOSE_ARRAY;
}

function spaceEnd(text, at) {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

function stringEnd(text, at) {
  for (;;) {
    at = text.indexOf('"', at + 1);
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at + 1; // an even number of backslashes: the quote is not escaped
  }
}

function valueEnd(text, at) {
  const code = text.charCodeAt(at);
  if (code === QUOTE) return stringEnd(text, at);
  if (code === OPEN || code === OPEN_ARRAY) return bracketsEnd(text, at);
  while (at < text.length && !",]} \t\r\n".includes(text[at])) at += 1;
  return at;
}

function bracketsEnd(text, at) {
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = stringEnd(text, at);
      continue;
    }
    if (code === OPEN || code === OPEN_ARRAY) depth += 1;
    else if (closes(code)) depth -= 1;
    at += 1;
    if (depth === 0) return at;
  }
}
