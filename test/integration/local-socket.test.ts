import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { readStartSettings } from '../../scripts/local/start-settings.ts';
import { startWorkerd } from '../../scripts/local/workerd.ts';
import { workerdConfig } from '../../scripts/local/workerd-config.ts';
import { temporaryFolder } from '../support/node/instance.ts';

const TELLER = `export default {
  fetch: ({ cf, headers }) =>
    Response.json({ tls: cf?.tlsClientAuth ?? null, header: headers.get('mf-cf-blob') }),
};`;

/** The `request.cf` that a Worker sees of a client that sends `mf-cf-blob`. */
async function seen(env: Readonly<Record<string, string>>): Promise<unknown> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'teller.js');
  const configFile = join(folder.path, 'workerd.capnp');
  await writeFile(path, TELLER);
  await mkdir(join(folder.path, 'teller'));
  const worker = {
    name: 'teller',
    modules: [{ name: 'teller.js', kind: 'esModule', path } as const],
    compatibilityDate: '2026-11-01',
    compatibilityFlags: [],
    text: {},
    objects: {},
    services: [],
    kv: {},
    outbound: [],
  };
  const { removeHeaders, cfBlobHeader } = readStartSettings(env);
  const socket = { name: 'http', address: '127.0.0.1:0', service: 'teller' };
  const text = workerdConfig({
    workers: [worker],
    sockets: [{ ...socket, removeHeaders, cfBlobHeader }],
    directory: folder.path,
    objectsDirectory: folder.path,
  });
  await writeFile(configFile, text);
  const workerd = await startWorkerd({ configFile, onLine: () => {} });
  try {
    const headers = { 'MF-CF-Blob': JSON.stringify({ tlsClientAuth: { certPresented: '1' } }) };
    return await (await fetch(`http://127.0.0.1:${workerd.port}/`, { headers })).json();
  } finally {
    await workerd.stop();
  }
}

it('a socket on loopback, and no other, accepts a client certificate from a header', async () => {
  expect(await seen({})).toEqual({ tls: { certPresented: '1' }, header: null });
  for (const env of [{ HOST: '0.0.0.0' }, { ISSUER: 'https://id.example.test' }]) {
    expect(await seen(env)).toEqual({ tls: null, header: null });
  }
});
