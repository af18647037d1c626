// What an EventSource gives, in a browser as on Node: its events as [type, data, lastEventId].
//
// It is closed after the event of the type `last`, after `count` events, and where its connection is lost, unless it
// `comesBack`: then only a server ends it. `beside` is the address of another one, which was opened before, has lost its
// connection, and may come back, too.
export async function read({ EventSource }, { url, types, count = Infinity, last, comesBack = false, beside, ...init }) {
  const other = beside && new EventSource(beside);
  if (other) await new Promise((lost) => other.addEventListener('error', lost, { once: true }));
  return new Promise((resolve) => {
    const source = new EventSource(url, init);
    const events = [];
    const end = () => {
      other?.close();
      source.close();
      resolve({ events: [...events] });
    };
    for (const type of types) {
      source.addEventListener(type, (event) => {
        if (!('data' in event)) return; // not from the stream, which may have events named `error` and `open`
        events.push([event.type, event.data, event.lastEventId]);
        if (event.type === last || events.length === count) end();
      });
    }
    source.addEventListener('error', (event) => {
      if (!('data' in event) && (source.readyState === EventSource.CLOSED || !comesBack)) end();
    });
  });
}
