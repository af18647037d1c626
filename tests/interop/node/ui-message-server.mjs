// A server that answers every request as the Vercel AI SDK does: two steps of a mock model, whose tool is called between.
import { createServer } from 'node:http';
import { isStepCount, jsonSchema, pipeUIMessageStreamToResponse, streamText, tool, toUIMessageStream } from 'ai';
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test';

const usage = (input, output) => ({
  inputTokens: { total: input, noCache: input },
  outputTokens: { total: output, text: output },
});
const STEPS = [
  [
    { type: 'stream-start', warnings: [] },
    { type: 'reasoning-start', id: 'r1' },
    { type: 'reasoning-delta', id: 'r1', delta: 'The weather of ' },
    { type: 'reasoning-delta', id: 'r1', delta: '北京 is asked for.' },
    { type: 'reasoning-end', id: 'r1', providerMetadata: { mock: { signature: 'abc' } } },
    { type: 'tool-input-start', id: 'call_1', toolName: 'weather' },
    { type: 'tool-input-delta', id: 'call_1', delta: '{"city": "北' },
    { type: 'tool-input-delta', id: 'call_1', delta: '京", "days": [1, 2]}' },
    { type: 'tool-input-end', id: 'call_1' },
    { type: 'tool-call', toolCallId: 'call_1', toolName: 'weather', input: '{"city": "北京", "days": [1, 2]}' },
    { type: 'tool-input-start', id: 'call_2', toolName: 'weather' },
    { type: 'tool-input-delta', id: 'call_2', delta: '{"city": "Atlantis"}' },
    { type: 'tool-input-end', id: 'call_2' },
    { type: 'tool-call', toolCallId: 'call_2', toolName: 'weather', input: '{"city": "Atlantis"}' },
    { type: 'finish', finishReason: { unified: 'tool-calls', raw: 'tool_calls' }, usage: usage(20, 12) },
  ],
  [
    { type: 'stream-start', warnings: [] },
    { type: 'source', sourceType: 'url', id: 's1', url: 'https://example.com/weather', title: 'Weather' },
    { type: 'text-start', id: 't1' },
    { type: 'text-delta', id: 't1', delta: '21 °C' },
    { type: 'text-delta', id: 't1', delta: ', 晴。' },
    { type: 'text-end', id: 't1' },
    { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: usage(40, 8) },
  ],
];

const server = createServer((request, response) => {
  let step = 0;
  const result = streamText({
    model: new MockLanguageModelV4({ doStream: async () => ({ stream: convertArrayToReadableStream(STEPS[step++]) }) }),
    prompt: 'What is the weather?',
    stopWhen: isStepCount(2),
    onError() {},
    tools: {
      weather: tool({
        inputSchema: jsonSchema({ type: 'object' }),
        async execute({ city }) {
          if (city === 'Atlantis') throw new Error('no such city');
          return { celsius: 21 };
        },
      }),
    },
  });
  pipeUIMessageStreamToResponse({
    response,
    stream: toUIMessageStream({
      stream: result.stream,
      generateMessageId: () => 'msg_1',
      originalMessages: [],
      sendSources: true,
      messageMetadata: ({ part }) =>
        part.type === 'start' ? { model: 'mock' } : part.type === 'finish' ? { totalUsage: part.totalUsage } : undefined,
    }),
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
