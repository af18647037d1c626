// What the client of AG-UI makes of a run: the messages and the state of its agent.
import { HttpAgent } from '@ag-ui/client';

const agent = new HttpAgent({ url: process.argv[2] });
await agent.runAgent({ runId: 'run_1' });
console.log(JSON.stringify({ messages: agent.messages, state: agent.state }));
