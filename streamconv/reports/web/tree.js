// The tree of a JSON payload: collapsible, by mouse and keyboard, every token as it was written.

import { visibleNodes } from "./bytes.js";
import { button, element } from "./elements.js";
import { children, root, step, stringValue } from "./json.js";

const CHILDREN_AT_ONCE = 200; // children shown before "more" is asked for
const OPENED = 150; // values that are shown from the start
const LONG = 2000; // characters of a string shown before "more" is asked for
const COUNTED = 65536; // characters; of what is larger, the children are not counted before it is opened

/** The tree as an element; `onPath(path)` is told the JMESPath of the value that has the focus. */
export function tree(text, onPath) {
  const out = element("div", "tree");
  out.setAttribute("role", "tree");
  out.setAttribute("aria-label", "Payload");
  const top = item(text, root(text), "", 1);
  top.node.tabIndex = 0;
  out.append(top.node);
  openSome(top);
  out.addEventListener("keydown", (event) => onTreeKey(event, out));
  out.addEventListener("focusin", (event) => {
    const focused = event.target.closest("[role=treeitem]");
    if (!focused) return;
    for (const other of out.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
    focused.tabIndex = 0;
    onPath(focused.dataset.path.replace(/^\./, "") || "@");
  });
  return out;
}

/** Open what is nearest to the root, level by level, until enough is seen. */
function openSome(top) {
  let shown = 1;
  for (let level = [top]; level.length && shown < OPENED; ) {
    const next = [];
    for (const one of level) {
      if (!one.open || shown + (one.count ?? OPENED) > OPENED) continue;
      next.push(...one.open());
      shown += one.count;
    }
    level = next;
  }
  if (shown === 1 && top.open) top.open();
}

function item(text, value, path, level) {
  const node = element("div");
  node.setAttribute("role", "treeitem");
  node.setAttribute("aria-level", level);
  node.dataset.path = path;
  node.tabIndex = -1;
  const line = element("div", "value-line");
  node.append(line);
  if (value.key !== null) line.append(keyNode(value.key), ": ");
  if (value.kind !== "object" && value.kind !== "array") {
    line.append(scalar(text.slice(value.start, value.end), value.kind));
    return { node };
  }
  const few = value.end - value.start <= COUNTED;
  const count = few ? children(text, value.start).length : null;
  const summary = element("span", "summary", summaryOf(value.kind, count));
  line.append(summary);
  if (count === 0) return { node };
  node.setAttribute("aria-expanded", "false");
  let group = null;
  const made = [];
  const open = () => {
    if (!group) {
      group = element("div");
      group.setAttribute("role", "group");
      addChildren(text, value, path, level, group, made);
      node.append(group);
    }
    node.setAttribute("aria-expanded", "true");
    return made;
  };
  node.openItem = open;
  line.addEventListener("click", () => {
    if (String(getSelection())) return; // somebody marks text
    if (node.getAttribute("aria-expanded") === "true") node.setAttribute("aria-expanded", "false");
    else open();
  });
  return { node, count, open };
}

function addChildren(text, value, path, level, group, made) {
  const from = made.length;
  const found = children(text, value.start, CHILDREN_AT_ONCE + 1, from);
  for (const child of found.slice(0, CHILDREN_AT_ONCE)) {
    const one = item(text, child, path + step(child.key), level + 1);
    made.push(one);
    group.append(one.node);
  }
  if (found.length <= CHILDREN_AT_ONCE) return;
  const more = moreButton("more …", () => {
    more.remove();
    addChildren(text, value, path, level, group, made);
  });
  group.append(more);
}

function summaryOf(kind, count) {
  const [open, close] = kind === "object" ? ["{", "}"] : ["[", "]"];
  if (count === null) return `${open}…${close}`;
  return count ? `${open}${count}${close}` : open + close;
}

function keyNode(key) {
  const node = element("span", "key");
  if (typeof key === "number") node.textContent = String(key);
  else node.append(visibleNodes(stringValue(key)));
  return node;
}

function scalar(text, kind) {
  const node = element("span", kind);
  if (kind !== "string") {
    node.textContent = text;
    return node;
  }
  const value = stringValue(text);
  node.append("\"", visibleNodes(value.slice(0, LONG), true));
  if (value.length > LONG) {
    const more = moreButton(`… ${(value.length - LONG).toLocaleString("en")} more characters`, () => {
      more.replaceWith(visibleNodes(value.slice(LONG), true));
    });
    node.append(more);
  }
  node.append("\"");
  return node;
}

function moreButton(text, onClick) {
  const more = button(text, (event) => {
    event.stopPropagation();
    onClick();
  });
  more.className = "more";
  return more;
}

/** Arrow keys as in the tree view of the ARIA Authoring Practices. */
function onTreeKey(event, out) {
  const focused = event.target.closest("[role=treeitem]");
  if (!focused || event.altKey || event.ctrlKey || event.metaKey) return;
  const seen = [...out.querySelectorAll("[role=treeitem]")].filter((one) => one.offsetParent !== null);
  const at = seen.indexOf(focused);
  const expanded = focused.getAttribute("aria-expanded");
  const moves = {
    ArrowDown: () => seen[at + 1],
    ArrowUp: () => seen[at - 1],
    Home: () => seen[0],
    End: () => seen.at(-1),
    ArrowRight: () => {
      if (expanded === "true") return focused.querySelector("[role=treeitem]");
      if (expanded === "false") focused.openItem();
      return focused;
    },
    ArrowLeft: () => {
      if (expanded !== "true") return focused.parentElement.closest("[role=treeitem]");
      focused.setAttribute("aria-expanded", "false");
      return focused;
    },
  };
  if (!moves[event.key]) return;
  event.preventDefault();
  event.stopPropagation();
  moves[event.key]()?.focus();
}
