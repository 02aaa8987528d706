import { Recorder } from '../load/recorder.ts';
import type { Speaker } from './fleet.ts';

/** Milliseconds to wait for answers after the last message. */
const GRACE_MS = 5_000;

/** The last id of this process, so that ids on a socket are unique. */
let lastId = 0;

type Line = Speaker & { id: number; due: number | undefined };

/** Keeps one message under way on every socket until the time is up. */
export async function runEchoes(
  speakers: readonly Speaker[],
  from: number,
  until: number,
): Promise<Recorder> {
  const recorder = new Recorder(from, until);
  const lines = speakers.map((speaker) => ({ ...speaker, id: 0, due: undefined }));
  const done = Promise.withResolvers<undefined>();
  let underWay = lines.length;
  const rest = (): void => {
    underWay -= 1;
    if (underWay === 0) done.resolve(undefined);
  };
  for (const line of lines) {
    listen(line, recorder, until, rest);
    ask(line);
  }
  const grace = setTimeout(() => done.resolve(undefined), until + GRACE_MS - performance.now());
  await done.promise;
  clearTimeout(grace);
  recorder.lost(underWay);
  return recorder;
}

function listen(line: Line, recorder: Recorder, until: number, rest: () => void): void {
  line.client.onMessage = (message) => {
    const status = line.due === undefined ? undefined : line.dialect.answer(message, line.id);
    if (status === undefined || line.due === undefined) return;
    const now = performance.now();
    recorder.answered(status, line.due, now);
    line.due = undefined;
    if (now < until) ask(line);
    else rest();
  };
  // A socket without its answer at the end of the grace period counts as lost.
  line.client.onLost = () => {};
}

function ask(line: Line): void {
  lastId += 1;
  line.id = lastId;
  line.due = performance.now();
  line.client.send(line.dialect.question(line.id));
}
