import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bareObject } from './bare-object.ts';
import { betterAuth } from './better-auth.ts';
import type { Contestants, Ground, Server } from './contestant.ts';
import { bareSocket, socketIo, ws } from './echo-servers.ts';
import { hubBroadcast, hubEcho } from './hub.ts';
import { joseEachRequest } from './jose.ts';
import { bodyReader, noop } from './noop.ts';
import { oidcProvider } from './oidc-provider.ts';
import { openauth } from './openauth.ts';
import { sallyport } from './sallyport.ts';
import { sallyportOAuth } from './sallyport-oauth.ts';
import { workersOAuthProvider } from './workers-oauth-provider.ts';

/** The contestants that are measured by HTTP requests. */
export const REQUEST_CONTESTANTS: Contestants = {
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

/** The contestants that are measured over WebSockets. */
export const SOCKET_CONTESTANTS: Contestants = {
  'hub-echo': hubEcho,
  'hub-broadcast': hubBroadcast,
  'bare-socket': bareSocket,
  ws,
  'socket.io': socketIo,
};

/** Starts contestants one after the other, and stops each (SIGSTOP) once it is ready. */
export async function startContestants(
  ground: Ground,
  contestants: Contestants,
): Promise<readonly Server[]> {
  const servers: Server[] = [];
  for (const [name, start] of Object.entries(contestants)) {
    const directory = join(ground.directory, name);
    await mkdir(directory, { recursive: true });
    const server = await start({ ...ground, directory });
    server.child.pause();
    servers.push(server);
  }
  return servers;
}
