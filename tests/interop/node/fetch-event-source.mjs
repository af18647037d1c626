// What fetch-event-source makes of a stream: its messages as [type, data, id].
//
// It ends with the stream, after the message of the type `last`, after `count` messages, and where its connection is lost,
// unless it `comesBack`; `error` is what it says then.
export async function read({ fetchEventSource }, { url, count = Infinity, last, comesBack = false, ...init }) {
  const events = [];
  const ending = new AbortController();
  let error = null;
  await fetchEventSource(url, {
    ...init,
    signal: ending.signal,
    onmessage({ event, data, id }) {
      events.push([event || 'message', data, id]);
      if (event === last || events.length === count) ending.abort();
    },
    onerror(thrown) {
      if (!comesBack) throw thrown;
    },
  }).catch((thrown) => {
    error = thrown.message;
  });
  return { events, error };
}
