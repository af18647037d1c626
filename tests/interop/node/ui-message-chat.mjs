// What a chat of the Vercel AI SDK ends with, which sends a message to a server: the answer as the chat shows it.
import { DefaultChatTransport, readUIMessageStream } from 'ai';

const [api, text] = process.argv.slice(2);
const transport = new DefaultChatTransport({ api, headers: { Authorization: 'Bearer none' }, body: { model: 'test' } });
const stream = await transport.sendMessages({
  chatId: 'chat_1',
  trigger: 'submit-message',
  messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text }] }],
});
let last = null;
for await (const message of readUIMessageStream({ stream })) last = message;
console.log(JSON.stringify(last));
