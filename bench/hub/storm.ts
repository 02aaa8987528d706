import { sessions } from '../contestants/hub.ts';
import { inTurns } from '../contestants/in-turns.ts';
import type { Hub } from '../contestants/start-hub.ts';
import { ResumingClient } from './resuming-client.ts';
import type { StormResult } from './trial-results.ts';

const AT_ONCE = 32;
const SESSIONS_PER_USER = 4;

/** Kills a hub with connected clients, starts it again, and makes all of them reconnect at once. */
export async function measureStorm(start: () => Promise<Hub>, count: number): Promise<StormResult> {
  const hub = await start();
  const where = { port: hub.port };
  const clients = sessions(count, SESSIONS_PER_USER).map(
    (session) => new ResumingClient(where, session),
  );
  await inTurns(count, AT_ONCE, async (index) => clients[index]?.connect());
  for (const client of clients) client.rest();
  await hub.stop();
  const restarted = await hub.restart();
  try {
    where.port = restarted.port;
    const from = performance.now();
    const returns = await Promise.allSettled(clients.map((client) => client.connect()));
    const seconds = (performance.now() - from) / 1_000;
    const refused = returns.filter(({ status }) => status === 'rejected').length;
    const failures = clients.reduce((sum, client) => sum + client.failures, refused);
    const resumed = clients.reduce((sum, client) => sum + client.resumptions, 0);
    return { sockets: count, seconds, resumed, failures };
  } finally {
    for (const client of clients) client.close();
    await restarted.stop();
  }
}
