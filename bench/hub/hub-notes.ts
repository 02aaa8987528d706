import { BROADCAST_SOCKETS, ECHO_SOCKETS } from '../contestants/socket-counts.ts';
import type { Extent } from '../options.ts';

/** The report's notes on the hub's measurements and their limits. */
export function hubNotes({ sockets, hub }: Extent): string[] {
  return [
    `Hub, echo: ${ECHO_SOCKETS} WebSockets, one message under way on each, ${sockets.rounds} rounds of ${sockets.seconds} s. Ours are calls of \`POST:/echo\` by as many users who signed in, through \`edge\`: a 31-byte header and 64 bytes up, a 16-byte header and 64 bytes down, every answer compared with its question. The bare object and \`ws\` send back the same 95 bytes; socket.io acknowledges an event with 64 characters of text. Sockets are opened once and kept over the rounds.`,
    `Hub, broadcast: an event to all of ${BROADCAST_SOCKETS} WebSockets, the next when the last socket has it; latency is from the request to publish until that moment, a message is one event at one socket. Ours is published by \`POST /api/v1/connect/events\`, and written to disk before it is sent; the bare object loops over \`getWebSockets()\` with as many bytes, and keeps nothing; \`ws\` loops over its clients; socket.io emits to a room. None of the peers would tell a client that was away.`,
    `uWebSockets.js is not measured: its authors publish it on GitHub and not on npm, and what others publish there under that name is not theirs, and has nothing for this Node.`,
    `Hub, idle, broadcast, storm and soak: \`connect\` with its hub and directories as they are deployed, in one workerd, behind a stand-in for \`edge\` (bench/workers/hub-front) that believes which session a client names, because thousands of users cannot sign in in this time (Argon2id). It also answers for \`identity\` that a session is live; the catalogue is the real one.`,
    `Idle: resident memory of the whole process before and after, at rest for longer than it takes an object to hibernate, over the number of sockets. workerd itself takes two descriptors and some tens of KB of native memory of each connection, as the bare object shows; the limit of descriptors can make the number of sockets smaller than ${hub.idle}. Afterwards each must answer a keep-alive.`,
    `Storm: SIGKILL under ${hub.storm} clients, a start on the same storage, and all of them, four sessions a user, come back at the same moment. Soak: SIGKILL ${hub.soak.killsAfterEvents.length} times under ${hub.soak.clients} clients while events are published, once right after a start; clients come back with full jitter, their token and \`lastSequence\`. An event is published again under its id until it was accepted. Every delivery of every event to every client is counted: the run fails if one is lost or comes twice.`,
  ];
}
