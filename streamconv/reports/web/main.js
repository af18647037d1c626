// The panel: what belongs together on this page, and its address.

import { counted, duration, size, visible } from "./bytes.js";
import { FORMS, copy } from "./clipboard.js";
import { address, payload, readCaptures } from "./data.js";
import { Details } from "./details.js";
import { button, element } from "./elements.js";
import { follow } from "./follow.js";
import { Grid } from "./grid.js";
import { steps } from "./json.js";
import { listenToKeys } from "./keys.js";
import { messageView } from "./message.js";
import { problemList } from "./problems.js";
import { compile } from "./search.js";
import { Timeline } from "./timeline.js";

const SETTLED = 150; // milliseconds without another selection before the address follows: browsers limit how often it may

class Panel {
  constructor() {
    this.find("captures", "facts", "notice", "filter", "count", "kind", "copy", "path", "grid", "panes", "pane", "said", "help");
    this.captures = readCaptures();
    this.capture = null;
    this.tab = "record";
    this.grid = new Grid(this.at.grid, (index) => this.onSelect(index));
    this.timeline = new Timeline(document.getElementById("timeline"), (index) => this.goTo(index));
    this.details = new Details(element("div", "record"), (form) => this.copyRows([this.grid.selected], form), (path) =>
      this.showPath(path),
    );
    this.listen();
    if (this.captures.length) this.grew(true);
    follow(this);
  }

  find(...names) {
    this.at = Object.fromEntries(names.map((name) => [name, document.getElementById(name)]));
  }

  listen() {
    const { filter, kind, copy: copying, help, grid } = this.at;
    filter.addEventListener("input", () => this.filter());
    kind.addEventListener("change", () => this.filter());
    copying.addEventListener("change", () => {
      this.copyRows([...this.grid.view], copying.value);
      copying.value = "";
    });
    this.at.path.addEventListener("click", () => this.showPath("@"));
    document.getElementById("theme").addEventListener("click", () => this.switchTheme());
    document.getElementById("keys").addEventListener("click", () => help.showModal());
    listenToKeys(this);
    window.addEventListener("hashchange", () => this.followAddress());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.timeline.draw());
    this.makeSplitter(document.getElementById("splitter"));
    grid.focus({ preventScroll: true });
  }

  listCaptures() {
    this.at.captures.hidden = this.captures.length < 2;
    const shared = sharedFolder(this.captures.map(({ about }) => about.name));
    const items = this.captures.map((capture) => {
      const item = button("", () => {
        this.open(capture);
        this.at.grid.focus();
      });
      item.append(element("span", "name", visible(capture.about.name.slice(shared))));
      if (capture.about.url) item.append(element("span", "url", visible(capture.about.url)));
      item.append(element("span", "count", counted(capture.events, "event")));
      const found = capture.faulty.length + capture.loose.length;
      if (found) item.append(element("span", "badge", counted(capture.problems().length, "problem")));
      item.title = visible([capture.about.method, capture.about.url].filter(Boolean).join(" ") || capture.about.name);
      return item;
    });
    this.at.captures.replaceChildren(...items);
    this.markCapture();
  }

  markCapture() {
    for (const [index, item] of [...this.at.captures.children].entries()) {
      const current = this.captures[index] === this.capture;
      item.setAttribute("aria-current", String(current));
      if (current) item.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
  }

  open(capture) {
    this.capture = capture;
    this.markCapture();
    this.say();
    this.timeline.show(capture);
    this.grid.show(capture);
    this.filter();
    this.onSelect(-1, false);
    this.showPane(capture.message ? "message" : "record");
  }

  /** What is known of the capture, above its rows. */
  say() {
    const { about, rows, events, cut } = this.capture;
    const times = rows.filter((row) => row.time !== undefined);
    const others = rows.length - events;
    const parts = [
      about.chain,
      about.status === undefined ? "" : `HTTP ${about.status}`,
      counted(events, "event"),
      others ? `${others.toLocaleString("en")} other` : "",
      size(this.capture.size),
      times.length > 1 ? duration(times.at(-1).time - times[0].time) : "",
    ];
    const facts = parts.filter(Boolean).map((part) => element("span", "", visible(part)));
    if (this.captures.length > 1) facts.unshift(element("b", "", visible(about.name)));
    this.at.facts.replaceChildren(...facts);
    this.at.facts.title = visible(about.why ?? "");
    const notice = [about.disagreement, cut].filter(Boolean).join(" · ");
    this.at.notice.hidden = !notice;
    this.at.notice.textContent = visible(notice);
    this.listPanes();
  }

  listPanes() {
    const found = this.capture.problems().length;
    const panes = { record: "Record", problems: found ? `Problems (${found.toLocaleString("en")})` : "Problems" };
    if (this.capture.message) panes.message = "Message";
    const tabs = Object.entries(panes).map(([name, title]) => {
      const tab = button(title, () => this.showPane(name));
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-selected", String(this.tab === name));
      tab.dataset.pane = name;
      return tab;
    });
    this.at.panes.replaceChildren(...tabs);
  }

  showPane(name) {
    this.tab = name;
    this.shownMessage = this.capture.message;
    for (const tab of this.at.panes.children) tab.setAttribute("aria-selected", String(tab.dataset.pane === name));
    const panes = {
      record: () => this.details.pane,
      problems: () => problemList(this.capture, (index) => this.goTo(index)),
      message: () => messageView(this.capture.message, (number) => this.goTo(this.capture.byNumber[number])),
    };
    this.at.pane.replaceChildren(panes[name]());
  }

  /** Filter as the field says; an expression that is none leaves what is shown as it is. */
  filter() {
    if (!this.capture) return;
    const { filter, count, kind } = this.at;
    let expression = null;
    try {
      if (filter.value) expression = compile(filter.value);
    } catch (error) {
      filter.setAttribute("aria-invalid", "true");
      count.className = "error";
      count.textContent = error.message;
      return;
    }
    filter.removeAttribute("aria-invalid");
    count.className = "";
    this.grid.filter(kind.value, expression);
    this.timeline.filter(this.grid.found);
    const all = this.capture.rows.length;
    const shown = this.grid.found.length;
    count.textContent = shown === all ? counted(all, "record") : `${shown.toLocaleString("en")} of ${counted(all, "record")}`;
  }

  /** Show only what stands at a path of each payload; `@` is all of it. */
  showPath(path) {
    const wanted = steps(path);
    const whole = wanted === null || !wanted.length;
    this.at.path.hidden = whole;
    this.at.path.textContent = visible(`${path} ✕`);
    this.grid.showPath(whole ? null : wanted);
  }

  onSelect(index, addressed = true) {
    this.details.show(index < 0 ? null : this.capture.rows[index], visible(this.capture.about.name));
    if (index >= 0) this.showPane("record");
    this.timeline.select(index);
    clearTimeout(this.settling);
    if (addressed) this.settling = setTimeout(() => this.putAddress(), SETTLED);
  }

  /** Show a row, also one that the filter hides. */
  goTo(index) {
    if (!this.grid.found.includes(index)) {
      this.at.filter.value = "";
      this.at.kind.value = "all";
      this.filter();
    }
    this.grid.choose(index);
  }

  // The address: #412 is record 412, #@310 the one at byte 310, #2.412 record 412 of the second capture.

  putAddress() {
    const row = this.capture.rows[this.grid.selected];
    if (!row) return;
    const capture = this.captures.length > 1 ? `${this.captures.indexOf(this.capture) + 1}.` : "";
    history.replaceState(null, "", `#${capture}${address(row)}`);
  }

  followAddress() {
    const match = /^#(?:([0-9]+)\.)?(@?[0-9]+)?$/.exec(location.hash);
    const capture = match && this.captures[(match[1] ?? 1) - 1];
    if (!capture) return false;
    if (capture !== this.capture) this.open(capture);
    const wanted = match[2] ?? "";
    const index = wanted.startsWith("@")
      ? capture.indexAt(Number(wanted.slice(1)))
      : (capture.byNumber[Number(wanted)] ?? -1);
    if (index >= 0) this.goTo(index);
    return true;
  }

  turn(step) {
    const next = this.captures[this.captures.indexOf(this.capture) + step];
    if (next) this.open(next);
  }

  async copyRows(indices, form) {
    const rows = indices.map((index) => this.capture.rows[index]).filter(Boolean);
    if (!form || !rows.length) return;
    const one = rows.length === 1;
    const made = rows.map((row) => FORMS[form](row, this.capture.about.format)).join("");
    const text = one && form === "data" ? (payload(rows[0]) ?? "") : made;
    const done = await copy(text);
    const what = `${one ? "1 record" : counted(rows.length, "record")} as ${form === "sse" ? "SSE" : form}`;
    this.tell(done ? `Copied ${what}` : "The browser does not let this page copy");
  }

  tell(text) {
    this.at.said.textContent = text;
    clearTimeout(this.telling);
    this.telling = setTimeout(() => (this.at.said.textContent = ""), 2500);
  }

  switchTheme() {
    const { style } = document.documentElement;
    const dark = style.colorScheme ? style.colorScheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    style.colorScheme = dark ? "light" : "dark";
    this.timeline.draw();
  }

  makeSplitter(splitter) {
    const { style } = document.documentElement;
    const widen = (width) => style.setProperty("--details", `${Math.max(240, Math.min(innerWidth - 320, width))}px`);
    splitter.addEventListener("pointerdown", (event) => splitter.setPointerCapture(event.pointerId));
    splitter.addEventListener("pointermove", (event) => {
      if (splitter.hasPointerCapture(event.pointerId)) widen(innerWidth - event.clientX);
    });
    splitter.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: 24, ArrowRight: -24 }[event.key];
      if (step) widen(document.querySelector("aside").offsetWidth + step);
    });
  }

  /** There is more to show: `begun` where a capture began. */
  grew(begun) {
    this.listCaptures();
    if (!this.capture && this.followAddress()) return;
    if (!this.capture || (begun && this.grid.selected < 0)) {
      this.open(this.captures[this.capture ? this.captures.length - 1 : 0]);
      return;
    }
    const { list } = this.grid;
    const atEnd = list.atEnd;
    this.say();
    this.timeline.refresh();
    this.grid.layOut();
    this.filter();
    if (this.tab === "message" && this.capture.message !== this.shownMessage) this.showPane("message");
    if (atEnd && this.grid.selected < 0) list.reveal(this.grid.view.length - 1);
  }
}

/** How many characters of all names are the same folders. */
function sharedFolder(names) {
  let shared = names[0].slice(0, names[0].lastIndexOf("/") + 1);
  while (shared && !names.every((name) => name.startsWith(shared))) {
    shared = shared.slice(0, shared.lastIndexOf("/", shared.length - 2) + 1);
  }
  return shared.length;
}

new Panel();
