import type { Millis } from '../../../shared/clock.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { readGrant } from './passes.ts';
import type { QueueDeps } from './queue-deps.ts';

/** A seat that a connection is about to take. */
export type Seat = {
  readonly sessionId: string;
  /** Names the connection to the queue. */
  readonly holder: string;
};

export type Taker = { readonly sessionId: string; readonly until: Millis };

/**
 * Finds a seat for a connection, before any hub wakes.
 *
 * @returns `undefined` if there is no queue.
 * @throws {Problem} `CONNECT_QUEUE_REQUIRED`, `CONNECT_QUEUE_GRANT_INVALID`, `SERVICE_UNAVAILABLE`
 */
export async function takeSeat(
  request: Request,
  { sessionId, until }: Taker,
  deps: QueueDeps,
): Promise<Seat | undefined> {
  if (!deps.isOn) return undefined;
  const grantId = await grantIdIn(request, sessionId, deps);
  const holder = crypto.randomUUID();
  const isTaken = await orUnavailable('the queue', async () =>
    deps.queue().takeSeat({ sessionId, grantId, holder, until }),
  );
  if (!isTaken) throw grantId === undefined ? required(deps) : invalid(deps);
  return { sessionId, holder };
}

/**
 * Opens a connection, and gives its seat back where none comes about: the session may try again for
 * a while, without a grant.
 */
export async function seated(
  seat: Seat | undefined,
  open: () => Promise<Response>,
  { queue }: Pick<QueueDeps, 'queue'>,
): Promise<Response> {
  let isOpen = false;
  try {
    const response = await open();
    isOpen = response.status === 101;
    return response;
  } finally {
    // If it cannot be given back, it is free when its time is up.
    if (seat !== undefined && !isOpen) {
      await queue()
        .leaveSeat(seat.sessionId, seat.holder)
        .catch(() => undefined);
    }
  }
}

/** @throws {Problem} If the grant is none of ours, or another session's: no object is asked. */
async function grantIdIn(
  request: Request,
  sessionId: string,
  deps: QueueDeps,
): Promise<string | undefined> {
  const shown = shownGrant(request);
  if (shown === undefined) return undefined;
  const grant = await readGrant(await deps.salts(), shown);
  if (grant?.sessionId !== sessionId) throw invalid(deps);
  return grant.grantId;
}

const SUBPROTOCOL = 'grant.';

/** Browsers can set no header, and what stands in a URL is logged. */
function shownGrant({ headers, url }: Request): string | undefined {
  const offered = headers.get('sec-websocket-protocol')?.split(',') ?? [];
  const entry = offered.map((one) => one.trim()).find((one) => one.startsWith(SUBPROTOCOL));
  return (
    headers.get('x-queue-grant') ??
    entry?.slice(SUBPROTOCOL.length) ??
    new URL(url).searchParams.get('grant') ??
    undefined
  );
}

const required = ({ url }: QueueDeps) =>
  new Problem('CONNECT_QUEUE_REQUIRED', { extensions: { queueUrl: url } });

const invalid = ({ url }: QueueDeps) =>
  new Problem('CONNECT_QUEUE_GRANT_INVALID', { extensions: { queueUrl: url } });
