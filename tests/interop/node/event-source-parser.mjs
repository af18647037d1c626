// What eventsource-parser makes of a stream: its events as [type, data, id].
export async function read({ createParser }, { url }) {
  const events = [];
  const parser = createParser({ onEvent: ({ event = 'message', data, id = '' }) => events.push([event, data, id]) });
  const decoder = new TextDecoder();
  const response = await fetch(url);
  for await (const chunk of response.body) parser.feed(decoder.decode(chunk, { stream: true }));
  return { events };
}
