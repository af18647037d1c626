// What a model's stream adds up to: reasoning, text, tool calls, how it finished, and whether it is whole.

import { visible, visibleNodes } from "./bytes.js";
import { button, element } from "./elements.js";
import { isJSON } from "./json.js";
import { tree } from "./tree.js";

const PARTS = {
  text: "Text",
  reasoning: "Reasoning",
  tool_call: "Tool call",
  tool_result: "Tool result",
  refusal: "Refusal",
  source: "Source",
  file: "File",
  data: "Data",
};

/** The assembled message; `onChoose(number)` goes to the record that shows whether it is whole. */
export function messageView(message, onChoose) {
  const out = element("div", "message-view");
  out.append(verdict(message, onChoose));
  for (const [index, choice] of message.choices.entries()) {
    if (message.choices.length > 1) out.append(element("h3", "", `Choice ${index}`));
    for (const part of choice.parts) out.append(messagePart(part));
  }
  for (const [title, text] of [["Error", message.error], ["Usage", message.usage]]) {
    if (text !== null) out.append(element("h3", "", title), tree(text, () => {}));
  }
  return out;
}

function verdict({ verdict: found, at, protocol, id, model, choices }, onChoose) {
  const list = element("dl", "fields");
  const add = (name, value) => {
    if (value === null || value === undefined) return;
    list.append(element("dt", "", name), element("dd", "", visible(String(value))));
  };
  const stream = element("dd", found.complete ? "complete" : "not-complete", found.stream.replaceAll("-", " "));
  list.append(element("dt", "", "stream"), stream);
  const evidence = element("dd", "", visible(found.evidence));
  if (at !== null) evidence.append(" ", button(`#${at}`, () => onChoose(at)));
  list.append(element("dt", "", "shown by"), evidence);
  for (const { finish, reason } of choices) add("finish", reason && reason !== finish ? `${finish} (${reason})` : finish);
  add("protocol", protocol);
  add("model", model);
  add("id", id);
  return list;
}

function messagePart({ type, name, id, text, partial, value }) {
  const out = element("section", "part");
  const title = [PARTS[type] ?? type, name, id].filter(Boolean).join(" · ");
  const heading = element("h3", "", visible(title));
  if (partial) heading.append(" ", element("span", "not-complete", "not ended"));
  out.append(heading);
  if (type === "tool_call" && isJSON(text)) out.append(tree(text, () => {}));
  else if (text) {
    const said = element("div", `long prose ${type}`);
    said.append(visibleNodes(text, true));
    out.append(said);
  }
  if (!text && value !== null) out.append(tree(value, () => {}));
  return out;
}
