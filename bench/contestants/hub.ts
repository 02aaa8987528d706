import type { Contestant } from './contestant.ts';
import { signInUsers } from './sallyport-users.ts';
import { BROADCAST_SOCKETS, ECHO_SOCKETS } from './socket-counts.ts';
import { startHub } from './start-hub.ts';
import { startSallyport } from './start-sallyport.ts';

/** Signed-in users call the hub through `edge`. */
export const hubEcho: Contestant = async (ground) => {
  const server = await startSallyport(ground);
  const { accessTokens } = await signInUsers(server.port, ECHO_SOCKETS, ECHO_SOCKETS);
  const sockets = accessTokens.map((token) => ({ authorization: `Bearer ${token}` }));
  return {
    ...server,
    rows: [
      {
        key: 'hub-echo',
        label: 'Sallyport, POST:/echo through edge',
        source: { kind: 'echo', dialect: 'hub', path: '/connect', sockets },
      },
    ],
  };
};

/** Opening is not measured, so users have several sessions, of which the first takes longest. */
const SESSIONS_PER_USER = 10;

/** The hub behind the stand-in for `edge`. */
export const hubBroadcast: Contestant = async (ground) => ({
  ...(await startHub(ground)),
  rows: [
    {
      key: 'hub-broadcast',
      label: 'Sallyport, an event to all',
      source: {
        kind: 'broadcast',
        dialect: 'hub',
        path: '/connect',
        sockets: sessions(BROADCAST_SOCKETS, SESSIONS_PER_USER),
      },
    },
  ],
});

/** The headers by which the stand-in gets sessions, `perUser` of each user. */
export const sessions = (count: number, perUser = 1): readonly Readonly<Record<string, string>>[] =>
  Array.from({ length: count }, (_, n) => ({
    'x-user': String(Math.floor(n / perUser)),
    'x-session': String(n),
  }));
