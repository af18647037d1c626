// Runs a reader: `node run.mjs READER PACKAGE REQUESTS` prints what it makes of each request, as one JSON text. All of them
// are under way at once.
const [reader, name, requests] = process.argv.slice(2);
const { read } = await import(`./${reader}.mjs`);
const library = await import(name);
setInterval(() => {}, 1000); // the wait of eventsource 5 until it comes back keeps no process alive
const made = await Promise.all(JSON.parse(requests).map((request) => read(library, request)));
process.stdout.write(JSON.stringify(made), () => process.exit()); // the wait of eventsource 4 goes on when it was closed
