// Problems as a list: severity, place, what is wrong, what to do.

import { visibleNodes } from "./bytes.js";
import { button, element } from "./elements.js";

const AT_ONCE = 200; // problems shown before "more" is asked for

/** One problem; `onChoose`, where it is of a record, goes there. */
export function problemItem(problem, onChoose = null) {
  const item = element("li", `problem ${problem.severity}`);
  const said = element("span", "message");
  said.append(visibleNodes(problem.message));
  const place = onChoose ? button(problem.place || "go there", onChoose) : element("span", "", problem.place);
  place.classList.add("place");
  item.append(element("span", "severity", problem.severity), place, said, element("code", "rule", problem.rule));
  if (problem.hint) {
    const hint = element("span", "hint");
    hint.append(visibleNodes(problem.hint));
    item.append(hint);
  }
  return item;
}

/** All problems of a capture; `onChoose(index)` goes to a row. */
export function problemList(capture, onChoose) {
  const all = capture.problems();
  if (!all.length) return element("p", "empty", "No problems were found.");
  const list = element("ul", "problems");
  const add = () => {
    const from = list.children.length;
    for (const [problem, index] of all.slice(from, from + AT_ONCE)) {
      list.append(problemItem(problem, index < 0 ? null : () => onChoose(index)));
    }
    if (list.children.length >= all.length) return;
    const more = button(`${(all.length - list.children.length).toLocaleString("en")} more …`, () => {
      more.remove();
      add();
    });
    more.className = "more";
    list.append(more);
  };
  add();
  return list;
}
