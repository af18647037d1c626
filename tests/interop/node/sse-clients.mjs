// What the clients of event streams on npm make of a stream: a JSON text a line on stdin, one a line on stdout.
// In: {client, chunks (base64), type}. Out: the events, each [data, type, id as it tells it, last id that was told],
// or null where the response is refused.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { createParser } from 'eventsource-parser';
import { createParser as createParser3 } from 'eventsource-parser-3';

const { fetchEventSource } = createRequire(import.meta.url)('@microsoft/fetch-event-source');
globalThis.window = globalThis;
globalThis.document = { removeEventListener() {} };

// As TextDecoderStream decodes, which both versions are meant to be read through; it passes nothing empty on.
function parsed(create, chunks) {
  const events = [];
  let last = '';
  const parser = create({
    onId(id) { last = id; },
    onEvent({ data, event, id }) {
      if (id !== undefined) last = id;
      events.push([data, event ?? 'message', id ?? '', last]);
    },
  });
  const decoder = new TextDecoder();
  for (const chunk of [...chunks, null]) {
    const text = chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
    if (text) parser.feed(text);
  }
  return events;
}

// The whole client. It changes the headers that it asks with as ids come: what it would send when it comes back.
async function fetched(chunks, type) {
  const events = [];
  let headers = {};
  let refused = false;
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await fetchEventSource('http://127.0.0.1/', {
    openWhenHidden: true,
    async fetch(_, asked) {
      headers = asked.headers;
      return new Response(body, { headers: { 'content-type': type } });
    },
    onmessage({ data, event, id }) { events.push([data, event || 'message', id, headers['last-event-id'] ?? '']); },
    onerror(error) { throw error; },
  }).catch(() => { refused = true; });
  return refused ? null : events;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { client, chunks: encoded, type } = JSON.parse(line);
  const chunks = encoded.map((chunk) => new Uint8Array(Buffer.from(chunk, 'base64')));
  const events = client === 'eventsource-parser' ? parsed(createParser, chunks)
    : client === 'eventsource-parser-3' ? parsed(createParser3, chunks)
      : await fetched(chunks, type);
  console.log(JSON.stringify(events));
}
