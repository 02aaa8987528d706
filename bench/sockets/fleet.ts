import { inTurns } from '../contestants/in-turns.ts';
import type { SocketSource } from '../load/plan.ts';
import type { Dialect, DialectName } from './dialect.ts';
import { HubDialect } from './hub-dialect.ts';
import { plainDialect } from './plain-dialect.ts';
import { SocketClient, type Upgrade } from './socket-client.ts';
import { socketIoDialect } from './socket-io-dialect.ts';

export type Speaker = { readonly client: SocketClient; readonly dialect: Dialect };

const DIALECTS: Readonly<Record<DialectName, () => Dialect>> = {
  plain: () => plainDialect,
  hub: () => new HubDialect(),
  'socket.io': () => socketIoDialect,
};

/** The number of sockets that are opened at once. */
const AT_ONCE = 32;

/** Opens the sockets of a source, and answers each greeting. */
export const openFleet = (port: number, source: SocketSource): Promise<readonly Speaker[]> =>
  inTurns(source.sockets.length, AT_ONCE, (index) =>
    openSpeaker({ port, path: source.path, headers: source.sockets[index] ?? {} }, source.dialect),
  );

async function openSpeaker(upgrade: Upgrade, name: DialectName): Promise<Speaker> {
  const dialect = DIALECTS[name]();
  const client = new SocketClient(upgrade);
  const greeted = Promise.withResolvers<undefined>();
  if (!dialect.isGreeted) greeted.resolve(undefined);
  client.onMessage = (message) => {
    if (!dialect.greet(message, (answer) => client.send(answer))) return;
    // Other messages before the measurement are ignored.
    client.onMessage = () => {};
    greeted.resolve(undefined);
  };
  client.onLost = () => {
    greeted.reject(new Error('Cannot greet: the socket was lost'));
  };
  await client.opened;
  await greeted.promise;
  return { client, dialect };
}
