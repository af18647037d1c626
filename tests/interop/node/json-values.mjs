// What readers of JSON make of a stream: its values, and what they say where they fail.
import { Readable } from 'node:stream';

const PARSERS = {
  ndjson: (library) => library.default.parse(),
  split2: (library) => library.default(JSON.parse),
  'json-text-sequence': (library) => new library.Parser(),
};

export async function read(library, { url, reader, accept }) {
  const response = await fetch(url, { headers: { accept } });
  if (!(reader in PARSERS)) return { values: await response.json(), error: null };
  const values = [];
  const parser = Readable.fromWeb(response.body).pipe(PARSERS[reader](library));
  return new Promise((resolve) => {
    const end = (error) => resolve({ values, error: error?.message ?? null });
    parser.on('data', (value) => values.push(value)).on('end', end).on('error', end);
  });
}
