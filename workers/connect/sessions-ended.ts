import { directoryName, type SessionsEnded } from '../../shared/contracts/connect/connect-rpc.ts';

export type HubNamespaces = Pick<ConnectEnv, 'HUBS' | 'DIRECTORIES'>;

/** Closes the sockets of ended sessions, wherever they are. Returns how many there were. */
export async function closeSessions(
  { HUBS, DIRECTORIES }: HubNamespaces,
  { subject, sessionIds, reason }: SessionsEnded,
): Promise<number> {
  const shards = await DIRECTORIES.getByName(directoryName(subject)).shardsOf(sessionIds);
  const closed = await Promise.all(
    shards.map((shard) => HUBS.getByName(shard).endSessions(sessionIds, reason)),
  );
  return closed.reduce((sum, count) => sum + count, 0);
}
