import type { SocketSource } from '../load/plan.ts';
import type { Contestant, Row } from './contestant.ts';
import { startNodePeer } from './node-peer.ts';
import { startPlainWorker } from './plain-worker.ts';
import { BROADCAST_SOCKETS, ECHO_SOCKETS } from './socket-counts.ts';

type Peer = {
  readonly name: 'bare-socket' | 'ws' | 'socket.io';
  readonly label: string;
  readonly dialect: SocketSource['dialect'];
  readonly echoPath: string;
  readonly broadcastPath: string;
};

const PLAIN_PATHS = { echoPath: '/echo', broadcastPath: '/broadcast' } as const;

/** An object that only has hibernating sockets. */
export const bareSocket: Contestant = (ground) =>
  startPlainWorker(
    ground,
    'bare-socket',
    {},
    rowsOf({
      name: 'bare-socket',
      label: 'bare hibernating Durable Object',
      dialect: 'plain',
      ...PLAIN_PATHS,
    }),
  );

export const ws: Contestant = ({ pinning }) =>
  startPeer(pinning, new URL('../peers/ws.ts', import.meta.url), {
    name: 'ws',
    label: 'ws, Node',
    dialect: 'plain',
    ...PLAIN_PATHS,
  });

const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket';

export const socketIo: Contestant = ({ pinning }) =>
  startPeer(pinning, new URL('../peers/socket-io.ts', import.meta.url), {
    name: 'socket.io',
    label: 'socket.io, Node',
    dialect: 'socket.io',
    echoPath: SOCKET_IO,
    broadcastPath: `${SOCKET_IO}&listen=1`,
  });

const startPeer = async (
  pinning: Parameters<Contestant>[0]['pinning'],
  script: URL,
  peer: Peer,
): ReturnType<Contestant> => {
  const { child, port } = await startNodePeer(pinning, script);
  return { child, port, rows: rowsOf(peer), stop: () => child.stop() };
};

function rowsOf({ name, label, dialect, echoPath, broadcastPath }: Peer): readonly Row[] {
  return [
    {
      key: `${name}-echo`,
      label,
      source: { kind: 'echo', dialect, path: echoPath, sockets: strangers(ECHO_SOCKETS) },
    },
    {
      key: `${name}-broadcast`,
      label,
      source: {
        kind: 'broadcast',
        dialect,
        path: broadcastPath,
        sockets: strangers(BROADCAST_SOCKETS),
      },
    },
  ];
}

const strangers = (length: number): SocketSource['sockets'] => Array.from({ length }, () => ({}));
