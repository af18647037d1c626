// A list of any length, of which only the lines in sight are in the document.
//
// All lines are equally high, so that where each one stands is arithmetic. Elements are reused: line `i` is always drawn
// by element `i % pool`, and is filled in again only when it changed. Browsers draw nothing higher than some ten million
// pixels; in a list that would be higher, the scroll bar moves in larger steps.

const HIGHEST = 8_000_000; // pixels; Firefox stops at 17 million, Chromium at 33
const SPARE = 6; // lines above and below what is in sight

export class VirtualList {
  /** `scroller` is the element that scrolls; `fill(element, index)` makes an empty element show a line. */
  constructor(scroller, lineHeight, fill) {
    this.scroller = scroller;
    this.lineHeight = lineHeight;
    this.fill = fill;
    this.count = 0;
    this.pool = [];
    this.drawn = []; // which line each element of the pool shows
    this.canvas = document.createElement("div");
    this.canvas.className = "lines";
    this.canvas.setAttribute("role", "presentation");
    this.scroller.append(this.canvas);
    this.waiting = false;
    scroller.addEventListener("scroll", () => this.request(), { passive: true });
    new ResizeObserver(() => this.request()).observe(scroller);
  }

  /** Show `count` lines from now on; what is in sight is drawn anew. */
  reset(count) {
    this.count = count;
    this.height = Math.min(count * this.lineHeight, HIGHEST);
    this.canvas.style.height = `${this.height}px`;
    this.drawn.fill(-1);
    this.draw();
  }

  /** Draw before the next frame. */
  request() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => this.draw());
  }

  /** How many whole lines are in sight. */
  get page() {
    return Math.max(1, Math.floor(this.scroller.clientHeight / this.lineHeight) - 1);
  }

  /** How far the lines move for each pixel that the scroll bar does. */
  get scale() {
    const room = this.scroller.clientHeight;
    const full = this.count * this.lineHeight;
    return full > this.height ? (full - room) / (this.height - room) : 1;
  }

  get atEnd() {
    return this.scroller.scrollTop + this.scroller.clientHeight >= this.height - this.lineHeight;
  }

  /** Scroll as little as brings the line into sight. */
  reveal(index) {
    const room = this.scroller.clientHeight;
    const top = this.scroller.scrollTop * this.scale;
    const line = index * this.lineHeight;
    if (line < top) this.scroller.scrollTop = line / this.scale;
    else if (line + this.lineHeight > top + room) {
      this.scroller.scrollTop = Math.ceil((line + this.lineHeight - room) / this.scale);
    }
    this.draw();
  }

  draw() {
    this.waiting = false;
    const scroll = this.scroller.scrollTop;
    const room = this.scroller.clientHeight;
    const top = scroll * this.scale;
    const first = Math.max(0, Math.floor(top / this.lineHeight) - SPARE);
    const last = Math.min(this.count, Math.ceil((top + room) / this.lineHeight) + SPARE);
    this.grow(last - first);
    const size = this.pool.length;
    for (let index = first; index < first + size; index += 1) {
      const slot = index % size;
      const element = this.pool[slot];
      if (index >= last) {
        if (this.drawn[slot] !== -2) element.hidden = true;
        this.drawn[slot] = -2;
        continue;
      }
      if (this.drawn[slot] !== index) {
        element.hidden = false;
        this.fill(element, index);
        this.drawn[slot] = index;
      }
      element.style.transform = `translateY(${index * this.lineHeight - top + scroll}px)`;
    }
  }

  grow(wanted) {
    if (wanted <= this.pool.length) return;
    while (this.pool.length < wanted) {
      const element = document.createElement("div");
      element.className = "line";
      this.canvas.append(element);
      this.pool.push(element);
    }
    this.drawn = this.pool.map(() => -1); // another element is each line's now
  }
}
