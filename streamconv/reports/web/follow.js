// `view -F`: blocks of data that arrive while the page is open, as an event stream of the server it came from.

import { take } from "./data.js";

const GATHERED = 100; // milliseconds in which what arrives is shown together

/** Where the page was served live, take what arrives; `EventSource` resumes by itself where it was broken off. */
export function follow(panel) {
  const root = document.documentElement;
  if (root.dataset.live === undefined) return;
  const source = new EventSource("events");
  let begun = false;
  let waiting = 0;
  source.onmessage = (event) => {
    const block = JSON.parse(event.data);
    take(panel.captures, block);
    begun ||= block.capture !== undefined;
    waiting ||= setTimeout(() => {
      panel.grew(begun);
      begun = false;
      waiting = 0;
    }, GATHERED);
  };
  source.addEventListener("over", () => {
    source.close();
    panel.tell("The stream has ended");
  });
}
