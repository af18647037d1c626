// The arrivals: a bar for each moment, as high as what arrived was large; silence shows as room between.

import { counted, duration, size } from "./bytes.js";

const LEFT = 8; // pixels beside the bars
const BAR = 2; // pixels
const NEAR = 12; // bars that a click may miss by
const FOOT = 14; // pixels below them, for the times

export class Timeline {
  /** `onChoose(index)` is called with the row that is nearest to a click. */
  constructor(figure, onChoose) {
    this.figure = figure;
    this.canvas = figure.querySelector("canvas");
    this.legend = figure.querySelector("figcaption");
    this.selected = -1;
    this.columns = [];
    this.canvas.addEventListener("click", (event) => {
      const column = this.nearest(event.offsetX);
      if (column) onChoose(column.largest);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const column = this.nearest(event.offsetX);
      this.canvas.title = column ? this.describe(column) : "";
    });
    new ResizeObserver(() => this.draw()).observe(figure);
  }

  show(capture) {
    this.capture = capture;
    this.found = null;
    this.selected = -1;
    this.refresh();
  }

  /** Draw what the capture holds by now. */
  refresh() {
    const times = this.capture.rows.filter((row) => row.time !== undefined).map((row) => row.time);
    this.figure.hidden = times.length < 2;
    if (this.figure.hidden) return;
    this.from = times.reduce((least, time) => Math.min(least, time), Infinity);
    this.to = times.reduce((most, time) => Math.max(most, time), -Infinity);
    this.draw();
  }

  /** Dim what a filter does not show. */
  filter(found) {
    this.found = found.length === this.capture.rows.length ? null : new Set(found);
    this.draw();
  }

  select(index) {
    this.selected = index;
    this.draw();
  }

  x(time) {
    const span = this.to - this.from || 1;
    return LEFT + ((time - this.from) / span) * (this.width - 2 * LEFT);
  }

  draw() {
    if (this.figure.hidden || !this.capture) return;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    this.gather();
    const [bar, dim, error, warning, mark, text] = [...this.legend.children].map((one) => getComputedStyle(one).color);
    const most = Math.log2(1 + Math.max(...this.columns.map((column) => column?.size ?? 0)));
    const floor = this.height - FOOT;
    this.columns.forEach((column, at) => {
      if (!column) return;
      const height = Math.max(2, (Math.log2(1 + column.size) / most) * (floor - 6));
      pen.fillStyle = { error, warning }[column.severity] ?? (column.found ? bar : dim);
      pen.fillRect(at * BAR, floor - height, BAR, height);
    });
    this.drawTimes(pen, text, floor);
    const selected = this.capture.rows[this.selected];
    if (selected?.time === undefined) return;
    pen.fillStyle = mark;
    pen.fillRect(Math.round(this.x(selected.time)) - 1, 0, 2, floor + 3);
  }

  drawTimes(pen, colour, floor) {
    pen.fillStyle = colour;
    pen.fillRect(LEFT, floor, this.width - 2 * LEFT, 1);
    pen.font = "10px system-ui, sans-serif";
    pen.textBaseline = "bottom";
    for (const [share, align] of [[0, "left"], [0.25, "center"], [0.5, "center"], [0.75, "center"], [1, "right"]]) {
      pen.textAlign = align;
      const x = LEFT + share * (this.width - 2 * LEFT);
      pen.fillText(duration(this.from + share * (this.to - this.from)), x, this.height);
    }
  }

  /** What each column of pixels stands for. */
  gather() {
    this.columns = new Array(Math.ceil(this.width / BAR)).fill(null);
    let silence = { length: 0, before: null };
    this.capture.rows.forEach((row, index) => {
      if (row.time === undefined) return;
      if (row.gap > silence.length) silence = { length: row.gap, before: row };
      const at = Math.floor(this.x(row.time) / BAR);
      const column = (this.columns[at] ??= { size: 0, count: 0, largest: index, time: row.time, severity: "", found: false });
      column.size += row.size;
      column.count += 1;
      if (row.size > this.capture.rows[column.largest].size) column.largest = index;
      if (this.found === null || this.found.has(index)) column.found = true;
      for (const { severity } of row.problems ?? []) if (severity === "error" || !column.severity) column.severity = severity;
    });
    const longest = silence.before ? `; longest silence ${duration(silence.length)}` : "";
    const span = duration(this.to - this.from);
    this.canvas.setAttribute("aria-label", `Arrivals: ${counted(this.capture.rows.length, "record")} in ${span}${longest}`);
  }

  nearest(x) {
    const at = Math.floor(x / BAR);
    for (let away = 0; away < NEAR; away += 1) {
      const column = this.columns[at - away] ?? this.columns[at + away];
      if (column) return column;
    }
    return null;
  }

  describe({ time, count, size: bytes }) {
    return `${time.toFixed(3)} s: ${counted(count, "record")}, ${size(bytes)}`;
  }
}
