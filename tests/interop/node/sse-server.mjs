// A server that sends back the events that were posted to it: at `/express` as Express sends what is written by hand, at
// `/better-sse` as better-sse sends it. It sends none before somebody has posted to `/seen` that the one before has come.
import express from 'express';
import { createSession } from 'better-sse';
import { acknowledgements } from './acknowledgements.mjs';

const { acknowledge, acknowledged } = acknowledgements();
const app = express();
app.use(express.json());

app.post('/seen', (request, response) => {
  acknowledge();
  response.sendStatus(204);
});

app.post('/express', async (request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  for (const { event, id, data } of request.body) {
    response.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
    await acknowledged();
  }
  response.end();
});

app.post('/better-sse', async (request, response) => {
  const session = await createSession(request, response);
  for (const { event, id, data } of request.body) {
    session.push(data, event, id);
    await acknowledged();
  }
  response.end();
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
