import { Connection } from '../load/connection.ts';
import { Recorder } from '../load/recorder.ts';
import type { DialectName } from './dialect.ts';
import type { Speaker } from './fleet.ts';
import { publication } from './publication.ts';

/** How long a broadcast may take. */
const PATIENCE_MS = 10_000;

export type BroadcastPlan = {
  readonly port: number;
  readonly speakers: readonly Speaker[];
  readonly dialect: DialectName;
  /** Both by the clock of `performance`. */
  readonly from: number;
  readonly until: number;
};

/**
 * Publishes one event after the other until the time is up, each when all sockets have the last one. It
 * measures from the first event after `from` until the end of the last, because there are few events.
 */
export async function runBroadcasts(plan: BroadcastPlan): Promise<Recorder> {
  const publisher = await Connection.open(plan.port);
  try {
    const warmUp = new Recorder(0, Infinity);
    for (; performance.now() < plan.from; ) await broadcast(publisher, plan, warmUp);
    const recorder = new Recorder(performance.now(), Infinity);
    for (; performance.now() < plan.until; ) await broadcast(publisher, plan, recorder);
    recorder.end(performance.now());
    return recorder;
  } finally {
    publisher.close();
  }
}

async function broadcast(
  publisher: Connection,
  { speakers, dialect }: BroadcastPlan,
  recorder: Recorder,
): Promise<void> {
  const mark = crypto.randomUUID();
  const due = performance.now();
  const arrived = everySocket(speakers, mark);
  const status = await publish(publisher, publication(dialect, mark));
  const { missing, at } = await arrived;
  recorder.answered(status, due, at);
  recorder.lost(missing);
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

type Delivery = { readonly missing: number; readonly at: number };

/** Waits until each socket got the mark once. A socket that gets it twice counts as one without it. */
function everySocket(speakers: readonly Speaker[], mark: string): Promise<Delivery> {
  const { promise, resolve } = Promise.withResolvers<Delivery>();
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
