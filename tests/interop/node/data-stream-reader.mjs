// What the Vercel AI SDK 4 makes of a data stream: the message, the data beside it, and how it finished.
import { callChatApi } from '@ai-sdk/ui-utils';

const last = { message: null, data: [], finish: null };
await callChatApi({
  api: process.argv[2],
  body: {},
  generateId: () => 'made up',
  restoreMessagesOnFailure() {},
  onUpdate({ message, data }) {
    Object.assign(last, { message, data });
  },
  onFinish(message, finish) {
    Object.assign(last, { message, finish });
  },
}).catch((error) => {
  last.error = error.message;
});
console.log(JSON.stringify(last));
