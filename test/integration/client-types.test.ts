import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { buildClient } from '../../scripts/build-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { type Folder, temporaryFolder } from '../support/node/instance.ts';

const run = promisify(execFile);

let workers: Awaited<ReturnType<typeof startWorkers>>;
let folder: Folder;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  folder = await temporaryFolder();
  await buildClient(join(folder.path, 'dist'));
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await rm(folder.path, { recursive: true, force: true });
});

const cli = (...args: string[]) =>
  run(process.execPath, [join(folder.path, 'dist/cli.js'), ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );

describe('sallyport-client types', () => {
  it('writes types of a running deployment with which wrong calls do not compile', async () => {
    const out = join(folder.path, 'api.ts');
    const written = await cli('types', `${workers.url}/openapi.json`, '--out', out);
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await readFile(out, 'utf8')).toMatch(/"identity GET:\/api\/v1\/auth\/profile"/);

    await writeFile(join(folder.path, 'app.ts'), APPLICATION);
    const options = ['--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022'];
    const resolution = ['--module', 'esnext', '--moduleResolution', 'bundler', '--ignoreConfig'];
    const tsc = resolve('node_modules/typescript/bin/tsc');
    const checked = await run(process.execPath, [
      tsc,
      ...options,
      ...resolution,
      join(folder.path, 'app.ts'),
    ]).catch((failed: { stdout: string }) => failed);
    expect(checked.stdout).toBe('');
  });

  it('reports what is wrong with its arguments or the document', async () => {
    expect(await cli()).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Usage:/) });
    expect(await cli('types', `${workers.url}/nothing`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('404'),
    });
    expect(await cli('types', resolve('package.json'))).toMatchObject({
      code: 1,
      stderr: 'Cannot read document: it is no OpenAPI description\n',
    });
  });
});

const APPLICATION = `
import type { Sallyport } from './dist/types/client/src/index.js';
import type { Api } from './api.js';

export async function use(sallyport: Sallyport<Api>): Promise<string> {
  const hub = sallyport.connect();
  const profile = await hub.call('identity', 'GET:/api/v1/auth/profile');
  const roles: readonly string[] = profile.roles;
  // @ts-expect-error -- the profile has no such member
  profile.age;
  // @ts-expect-error -- this call cannot change an e-mail address
  await hub.call('identity', 'PUT:/api/v1/auth/profile', { username: 7 });
  await hub.call('identity', 'PUT:/api/v1/auth/profile', { displayName: null });
  return profile.accountId + roles.length;
}
`;
