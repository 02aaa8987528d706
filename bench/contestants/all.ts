import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bareObject } from './bare-object.ts';
import { betterAuth } from './better-auth.ts';
import type { Contestant, Ground, Server } from './contestant.ts';
import { joseEachRequest } from './jose.ts';
import { bodyReader, noop } from './noop.ts';
import { oidcProvider } from './oidc-provider.ts';
import { openauth } from './openauth.ts';
import { sallyport } from './sallyport.ts';
import { sallyportOAuth } from './sallyport-oauth.ts';
import { workersOAuthProvider } from './workers-oauth-provider.ts';

const CONTESTANTS: Readonly<Record<string, Contestant>> = {
  noop,
  'body-reader': bodyReader,
  sallyport,
  jose: joseEachRequest,
  'oidc-provider': oidcProvider,
  'better-auth': betterAuth,
  'bare-object': bareObject,
  'sallyport-oauth': sallyportOAuth,
  'workers-oauth-provider': workersOAuthProvider,
  openauth,
};

/**
 * Starts contestants one after the other, and stops each as soon as it is ready (SIGSTOP).
 *
 * @param names All, if `undefined`.
 * @throws {Error} If there is no contestant of a name, or one does not start.
 */
export async function startContestants(
  ground: Ground,
  names: readonly string[] = Object.keys(CONTESTANTS),
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  for (const name of names) {
    const start = CONTESTANTS[name];
    if (start === undefined) throw new Error(`Cannot start ${name}: no contestant of that name`);
    const directory = join(ground.directory, name);
    await mkdir(directory, { recursive: true });
    const server = await start({ ...ground, directory });
    server.child.pause();
    servers.push(server);
  }
  return servers;
}
