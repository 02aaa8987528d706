import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { freePort, Instance, temporaryFolder } from './instance.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The issuer of a running `npm start`. */
    readonly issuer: string;
    /** The path of its log, with one event per line. */
    readonly logFile: string;
  }
}

/** Starts one `npm start` for all conformance tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder();
  const port = await freePort();
  const instance = new Instance({
    port,
    dataDir: folder.path,
    env: { RATE_LIMIT_SCALE: '100000', SALLYPORT_ADMIN_PASSWORD: ADMIN.password },
  });
  await instance.ready();
  project.provide('issuer', instance.url);
  project.provide('logFile', join(folder.path, 'logs/workers.log'));
  return async () => {
    await instance.signal('SIGTERM');
    await folder[Symbol.asyncDispose]();
  };
}

export const ADMIN = { email: 'admin@sallyport.local', password: 'a password for the tests only' };
