// What readers of JSON make of a stream: its values, and what they say where they fail.
import { Readable } from 'node:stream';

const PARSERS = {
  ndjson: (library) => library.default.parse(),
  split2: (library) => library.default(JSON.parse),
  'json-text-sequence': (library) => new library.Parser(),
};

export async function read(library, { url, reader, accept }) {
  const response = await fetch(url, { headers: { accept } });
  if (!(reader in PARSERS)) return { values: await response.json() };
  const values = [];
  try {
    for await (const value of Readable.fromWeb(response.body).compose(PARSERS[reader](library))) values.push(value);
  } catch (error) {
    return { values, error: error.message };
  }
  return { values };
}
