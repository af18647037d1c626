// The list of records: columns, sorting, selection.

import { duration, size } from "./bytes.js";
import { shown, shownAt, type } from "./data.js";
import { VirtualList } from "./list.js";
import { select, sorted, usedColumns } from "./search.js";

export const LINE_HEIGHT = 24; // pixels; the style sheet says the same
const NARROW = 560; // pixels; then Δt and size make room for the data
const WIDEST = { type: 24, id: 14 }; // characters

const CELLS = {
  number: (row) => row.n ?? "",
  time: (row) => (row.time === undefined ? "" : row.time.toFixed(3)),
  gap: (row) => (row.gap === undefined ? "" : `+${duration(row.gap)}`),
  type,
  id: (row) => row.id ?? "",
  data: shown,
  size: (row) => size(row.size),
};

export class Grid {
  /** `element` is the grid; `selected(index)` is called with the index of the row that was chosen. */
  constructor(element, onSelect) {
    this.element = element;
    this.onSelect = onSelect;
    this.head = element.querySelector(".head");
    this.list = new VirtualList(element.querySelector(".scroller"), LINE_HEIGHT, (line, at) => this.fill(line, at));
    this.order = { column: null, descending: false };
    this.path = null; // the steps to what is shown of each payload; null shows all of it
    this.found = new Uint32Array(0); // what is shown, in stream order
    this.view = this.found; // the same in the order that was asked for
    this.selected = -1; // the index of a row
    this.list.canvas.addEventListener("pointerdown", (event) => {
      const line = event.target.closest(".line");
      if (line && event.button === 0) this.choose(this.view[Number(line.dataset.at)]);
    });
    new ResizeObserver(() => this.layOut()).observe(element);
  }

  show(capture) {
    this.capture = capture;
    this.order = { column: null, descending: false };
    this.selected = -1;
    this.layOut(true);
  }

  /** Columns as wide as what is in them, up to WIDEST. */
  measure() {
    for (const [name, most] of Object.entries(WIDEST)) {
      const longest = this.capture.rows.reduce((length, row) => Math.max(length, CELLS[name](row).length), 4);
      this.element.style.setProperty(`--${name}`, `calc(${Math.min(longest, most)}ch + 18px)`);
    }
  }

  /** Which columns there is room for; drawn anew where that changed. */
  layOut(always = false) {
    if (!this.capture) return;
    const narrow = this.element.clientWidth < NARROW;
    const columns = usedColumns(this.capture).filter(({ name }) => !narrow || !["gap", "size"].includes(name));
    const names = columns.map(({ name }) => name).join(" ");
    if (!always && names === this.names) return;
    this.names = names;
    this.columns = columns;
    this.measure();
    this.element.dataset.columns = names;
    this.element.style.setProperty("--columns", columns.map(({ name }) => `var(--${name})`).join(" "));
    this.head.replaceChildren(...columns.map((column) => this.heading(column)));
    for (const line of this.list.pool) line.replaceChildren();
    this.arrange();
  }

  heading(column) {
    const cell = document.createElement("div");
    cell.setAttribute("role", "columnheader");
    cell.className = `cell ${column.name}`;
    const active = this.order.column === column.name;
    cell.setAttribute("aria-sort", active ? (this.order.descending ? "descending" : "ascending") : "none");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.title;
    button.title = "Sort: ascending, descending, as it came";
    button.addEventListener("click", () => this.sortBy(column.name));
    cell.append(button);
    return cell;
  }

  /** First ascending, then descending, then as it came. */
  sortBy(name) {
    if (this.order.column !== name) this.order = { column: name, descending: false };
    else if (!this.order.descending) this.order = { column: name, descending: true };
    else this.order = { column: null, descending: false };
    for (const [at, column] of this.columns.entries()) this.head.children[at].replaceWith(this.heading(column));
    this.head.querySelector(`.${name} button`).focus();
    this.arrange();
    this.reveal();
  }

  /** Show the rows of a kind that match. */
  filter(kind, expression) {
    this.kind = kind;
    this.expression = expression;
    this.arrange();
    this.reveal();
  }

  /** Show only what stands at these steps in each payload; all of it for null. */
  showPath(steps) {
    this.path = steps;
    this.arrange();
    this.reveal();
  }

  /** Find and order the rows again. */
  arrange() {
    this.found = select(this.capture.rows, this.kind ?? "all", this.expression ?? null);
    let column = this.columns.find(({ name }) => name === this.order.column);
    if (column?.name === "data" && this.path) column = { ...column, value: (row) => shownAt(row, this.path) };
    this.view = column ? sorted(this.capture.rows, this.found, column, this.order.descending) : this.found;
    this.element.setAttribute("aria-rowcount", this.view.length + 1);
    this.list.reset(this.view.length);
    this.point();
  }

  fill(line, at) {
    const row = this.capture.rows[this.view[at]];
    if (line.childElementCount !== this.columns.length) this.makeCells(line);
    for (const [index, { name }] of this.columns.entries()) {
      line.children[index].textContent = name === "data" && this.path ? shownAt(row, this.path) : CELLS[name](row);
    }
    line.id = `line-${at}`;
    line.dataset.at = at;
    line.dataset.kind = row.label ? (row.kind ?? "control") : "event";
    line.dataset.severity = row.problems ? worst(row.problems) : "";
    line.title = row.problems ? row.problems.map(({ message }) => message).join("\n").slice(0, 500) : "";
    line.setAttribute("role", "row");
    line.setAttribute("aria-rowindex", at + 2);
    line.setAttribute("aria-selected", String(this.view[at] === this.selected));
  }

  makeCells(line) {
    line.replaceChildren(
      ...this.columns.map(({ name }) => {
        const cell = document.createElement("div");
        cell.setAttribute("role", "gridcell");
        cell.className = `cell ${name}`;
        return cell;
      }),
    );
  }

  /** Select a row by its index; -1 selects none. */
  choose(index) {
    this.selected = index;
    for (const line of this.list.pool) {
      line.setAttribute("aria-selected", String(!line.hidden && this.view[Number(line.dataset.at)] === index));
    }
    this.reveal();
    this.onSelect(index);
  }

  reveal() {
    const at = this.position();
    if (at >= 0) this.list.reveal(at);
    this.point();
  }

  /** Where the selected row stands in what is shown; -1 where it does not. */
  position() {
    if (this.selected < 0) return -1;
    return this.view === this.found ? indexOf(this.found, this.selected) : this.view.indexOf(this.selected);
  }

  point() {
    const at = this.position();
    if (at < 0) this.element.removeAttribute("aria-activedescendant");
    else this.element.setAttribute("aria-activedescendant", `line-${at}`);
  }

  /** Move the selection by so many lines; from nowhere, to the first or the last. */
  move(by) {
    const at = this.position();
    this.moveTo(at < 0 ? (by > 0 ? 0 : this.view.length - 1) : at + by);
  }

  moveTo(at) {
    if (this.view.length) this.choose(this.view[Math.max(0, Math.min(this.view.length - 1, at))]);
  }

  /** Go to the next row shown (step 1) or the one before (-1) that a predicate is true for, round the ends. */
  seek(step, predicate) {
    const count = this.view.length;
    let at = this.position();
    if (at < 0) at = step > 0 ? -1 : count;
    for (let tried = 0; tried < count; tried += 1) {
      at = (at + step + count) % count;
      if (predicate(this.capture.rows[this.view[at]])) {
        this.moveTo(at);
        return;
      }
    }
  }
}

/** The worst severity of some problems. */
export function worst(problems) {
  return ["error", "warning", "info"].find((severity) => problems.some((problem) => problem.severity === severity));
}

function indexOf(ascending, wanted) {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return ascending[low] === wanted ? low : -1;
}
