import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { buildClient } from '../../scripts/build-client.ts';

const run = promisify(execFile);
const KIB = 1024;

let folder: string;
let code: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-client-'));
  // The package is installed as by npm.
  const installed = join(folder, 'node_modules/@sallyport/client');
  await mkdir(installed, { recursive: true });
  await buildClient(join(installed, 'dist'));
  await symlink(resolve('client/package.json'), join(installed, 'package.json'));
  code = await readFile(join(installed, 'dist/index.js'), 'utf8');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the package @sallyport/client', () => {
  it('is smaller than 15 KiB, gzipped', () => {
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(15 * KIB);
  });

  it('has no dependencies', async () => {
    const manifest: Record<string, unknown> = JSON.parse(
      await readFile('client/package.json', 'utf8'),
    );
    expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
    expect(code).not.toMatch(/\bimport\b|\brequire\(/);
    const cli = await readFile(join(folder, 'node_modules/@sallyport/client/dist/cli.js'), 'utf8');
    const imported = [...cli.matchAll(/from"([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name.startsWith('node:'))).toEqual([]);
  });

  it('has the license of the project', async () => {
    const [ours, project] = await Promise.all(
      ['client/LICENSE', 'LICENSE'].map((path) => readFile(path, 'utf8')),
    );
    expect(ours).toBe(project);
    expect(project).toMatch(/^MIT License\n/);
  });

  it('writes nothing to the console', () => {
    expect(code).not.toMatch(/console\./);
  });

  it('does not use functions that Node 20 and browsers of 2023 lack', () => {
    const newer =
      /\b(?:toHex|fromHex|toBase64|fromBase64|withResolvers|groupBy|isSubsetOf|Float16Array)\b/;
    expect(newer.exec(code)).toBeNull();
  });

  it('loads without WebSocket, window and locks', async () => {
    const script = `
      for (const name of ['WebSocket', 'navigator', 'BroadcastChannel']) delete globalThis[name];
      const { Sallyport } = await import('@sallyport/client');
      const sallyport = new Sallyport({ issuer: 'http://127.0.0.1:1' });
      try { sallyport.connect(); } catch (error) { process.stdout.write(error.message); }
      await sallyport.restore();
    `;
    await writeFile(join(folder, 'bare.mjs'), script);
    const { stdout } = await run(process.execPath, [join(folder, 'bare.mjs')]);
    expect(stdout).toBe('Cannot connect: there is no WebSocket');
  });

  it.each(['bundler', 'nodenext'])(
    'has declarations with which wrong calls do not compile (%s)',
    async (moduleResolution) => {
      await writeFile(join(folder, 'app.ts'), APPLICATION);
      const compilerOptions = {
        target: 'ES2022',
        module: moduleResolution === 'nodenext' ? 'nodenext' : 'esnext',
        moduleResolution,
        lib: ['ES2022', 'DOM'],
        types: [],
        strict: true,
        noEmit: true,
      };
      await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      await writeFile(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions, files: ['app.ts'] }),
      );
      const tsc = resolve('node_modules/typescript/bin/tsc');
      const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    },
  );
});

const APPLICATION = `
import { Sallyport, HubError, memoryStorage, webStorage, type HubState } from '@sallyport/client';

type Api = {
  'identity GET:/profile': { request: undefined; response: { name: string } };
  'game POST:/move': { request: { to: string }; response: { ok: boolean } };
};
const sallyport = new Sallyport<Api>({ issuer: 'https://id.example.com', storage: memoryStorage() });
const hub = sallyport.connect();
const profile: { name: string } = await hub.call('identity', 'GET:/profile');
const moved: { ok: boolean } = await hub.call('game', 'POST:/move', { to: 'e4' });
// @ts-expect-error -- no such service
await hub.call('chess', 'POST:/move', { to: 'e4' });
// @ts-expect-error -- the endpoint of another service
await hub.call('game', 'GET:/profile');
// @ts-expect-error -- the endpoint has another body
await hub.call('game', 'POST:/move', { from: 'e2' });
// @ts-expect-error -- the endpoint needs a body
await hub.call('game', 'POST:/move');
const untyped = new Sallyport({ issuer: 'https://id.example.com', storage: webStorage(localStorage) });
const anything: unknown = await untyped.connect().call('any', 'GET:/thing', { what: 'ever' });
const bytes: Uint8Array = await hub.callBinary('game', 'POST:/move', new Uint8Array(3));
hub.onState((state: HubState) => state.name === 'reconnecting' && state.retryInMs.toFixed());
sallyport.on('signedOut', ({ reason }) => reason.toUpperCase());
// @ts-expect-error -- no such event
sallyport.on('signedUp', () => {});
export const names = [profile, moved, anything, bytes, (error: HubError) => error.retryAfterMs];
`;
