import { Connection } from '../load/connection.ts';
import type { Recorder } from '../load/recorder.ts';
import type { DialectName } from './dialect.ts';
import type { Speaker } from './fleet.ts';
import { publication } from './publication.ts';

/** How long a broadcast may take. */
const PATIENCE_MS = 10_000;

/** Publishes one event after the other until the time is up, each when all sockets have the last. */
export async function runBroadcasts(
  port: number,
  speakers: readonly Speaker[],
  dialect: DialectName,
  recorder: Recorder,
  until: number,
): Promise<void> {
  const publisher = await Connection.open(port);
  try {
    for (let due = performance.now(); due < until; due = performance.now()) {
      const mark = crypto.randomUUID();
      const arrived = everySocket(speakers, mark);
      const status = await publish(publisher, publication(dialect, mark));
      const { missing, at } = await arrived;
      recorder.answered(status, due, at);
      recorder.lost(missing);
      if (missing > 0) return;
    }
  } finally {
    publisher.close();
  }
}

function publish(publisher: Connection, request: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  publisher.onAnswer = ({ status }) => {
    resolve(status);
  };
  publisher.onLost = () => {
    reject(new Error('Cannot publish: the connection was lost'));
  };
  publisher.send(request);
  return promise;
}

type Arrival = { readonly missing: number; readonly at: number };

/** Waits until each socket was brought the mark, once. Twice counts as missing one. */
function everySocket(speakers: readonly Speaker[], mark: string): Promise<Arrival> {
  const { promise, resolve } = Promise.withResolvers<Arrival>();
  let missing = speakers.length;
  const finish = (): void => {
    clearTimeout(patience);
    resolve({ missing: Math.abs(missing), at: performance.now() });
  };
  const patience = setTimeout(finish, PATIENCE_MS);
  for (const { client, dialect } of speakers) {
    client.onMessage = (message) => {
      if (!dialect.brings(message, mark)) return;
      missing -= 1;
      if (missing === 0) finish();
    };
  }
  return promise;
}
