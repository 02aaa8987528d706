#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { parseJson } from '../src/common/json.ts';
import { generateTypes } from './generate-types.ts';

const USAGE = `Usage: sallyport-client types <openapi.json, or its URL> [--service NAME] [--out FILE]

Writes the types of the calls of a deployment, such as https://id.example.com/openapi.json.
--service  the name of the service, where the document is not a Sallyport's own
--out      a file instead of the standard output
`;

async function run(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { service: { type: 'string' }, out: { type: 'string' } },
  });
  const [command, source] = positionals;
  if (command !== 'types' || source === undefined) throw new TypeError(USAGE);
  const types = generateTypes(parseJson(await read(source)), { service: values.service });
  if (values.out === undefined) process.stdout.write(types);
  else await writeFile(values.out, types);
}

async function read(source: string): Promise<string> {
  if (!/^https?:/.test(source)) return readFile(source, 'utf8');
  const response = await fetch(source);
  if (!response.ok) throw new TypeError(`Cannot read ${source}: ${response.status}`);
  return response.text();
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
