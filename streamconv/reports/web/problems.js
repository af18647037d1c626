// Problems as a list: severity, place, what is wrong, what to do.

import { visibleNodes } from "./bytes.js";
import { button, element } from "./elements.js";

const PROBLEMS_AT_ONCE = 200; // problems shown before "more" is asked for

/** One problem; `onChoose`, where it is of a record, goes there. */
function problemItem(problem, onChoose) {
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

/** A list of problems, each with what `onChoose` is for it, or null; so many at once. */
export function problemItems(problems) {
  const list = element("ul", "problems");
  const add = () => {
    const from = list.children.length;
    for (const [problem, onChoose] of problems.slice(from, from + PROBLEMS_AT_ONCE)) {
      list.append(problemItem(problem, onChoose));
    }
    const left = problems.length - list.children.length;
    if (!left) return;
    const more = button(`${left.toLocaleString("en")} more …`, () => {
      more.remove();
      add();
    });
    more.className = "more";
    list.append(more);
  };
  add();
  return list;
}

/** All problems of a capture; `onChoose(index)` goes to a row. */
export function problemList(capture, onChoose) {
  const all = capture.problems();
  if (!all.length) return element("p", "empty", "No problems were found.");
  return problemItems(all.map(([problem, index]) => [problem, index < 0 ? null : () => onChoose(index)]));
}
