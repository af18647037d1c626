// A server that answers as the Vercel AI SDK does, with the words of the question that was posted to it. Its model says none
// before somebody has posted to `/seen` that the one before has come.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { convertToModelMessages, streamText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { acknowledgements } from './acknowledgements.mjs';

const { acknowledge, acknowledged } = acknowledgements();

async function* said(words) {
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: 't1' };
  for (const delta of words) {
    yield { type: 'text-delta', id: 't1', delta };
    await acknowledged();
  }
  yield { type: 'text-end', id: 't1' };
  const usage = { inputTokens: { total: 1 }, outputTokens: { total: words.length } };
  yield { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage };
}

const server = createServer(async (request, response) => {
  if (request.url === '/seen') {
    acknowledge();
    return response.writeHead(204).end();
  }
  const { messages } = await json(request);
  const words = messages.at(-1).parts[0].text.split(' ');
  const result = streamText({
    model: new MockLanguageModelV4({ doStream: async () => ({ stream: ReadableStream.from(said(words)) }) }),
    messages: await convertToModelMessages(messages),
  });
  const answer = result.toUIMessageStreamResponse();
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  await pipeline(Readable.fromWeb(answer.body), response);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
