// What the Vercel AI SDK makes of a UI message stream: its message after each chunk, one JSON text a line.
import { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } from 'ai';

const response = await fetch(process.argv[2], { method: 'POST' });
const chunks = [];
for await (const { success, value, error } of parseJsonEventStream({ stream: response.body, schema: uiMessageChunkSchema })) {
  if (!success) throw error;
  chunks.push(value);
}
for (let count = 1; count <= chunks.length; count += 1) {
  let last = null;
  const stream = ReadableStream.from(structuredClone(chunks.slice(0, count)));
  for await (const message of readUIMessageStream({ stream, onError() {} })) last = message;
  console.log(JSON.stringify(last));
}
