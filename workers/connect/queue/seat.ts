import type { Millis } from '../../../shared/clock.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { offeredCredential } from '../../../shared/hub-protocol/subprotocol.ts';
import type { AdmissionQueue } from './admission-queue.ts';
import { readGrant } from './passes.ts';

/** A seat that a connection is about to take. */
export type Seat = {
  readonly sessionId: string;
  /** Identifies the connection among the holders of the seat. */
  readonly holder: string;
};

/** A request for a seat for a session, until a time. */
export type SeatRequest = { readonly sessionId: string; readonly until: Millis };

/**
 * Takes a seat for a connection, before any hub wakes.
 *
 * @returns `undefined` if there is no queue.
 * @throws {Problem} `CONNECT_QUEUE_REQUIRED`, `CONNECT_QUEUE_GRANT_INVALID`, `SERVICE_UNAVAILABLE`
 */
export async function takeSeat(
  request: Request,
  { sessionId, until }: SeatRequest,
  queue: AdmissionQueue,
): Promise<Seat | undefined> {
  if (!queue.isOn) return undefined;
  const grantId = await grantIdIn(request, sessionId, queue);
  const holder = crypto.randomUUID();
  const isTaken = await orUnavailable('the queue', async () =>
    queue.object().takeSeat({ sessionId, grantId, holder, until }),
  );
  if (!isTaken) throw grantId === undefined ? grantRequired(queue) : grantInvalid(queue);
  return { sessionId, holder };
}

/**
 * Opens a connection, and gives its seat back if that fails. The session may then try again for a
 * while without a grant.
 */
export async function withSeat(
  seat: Seat | undefined,
  open: () => Promise<Response>,
  { object }: Pick<AdmissionQueue, 'object'>,
): Promise<Response> {
  let isOpen = false;
  try {
    const response = await open();
    isOpen = response.status === 101;
    return response;
  } finally {
    // A seat that cannot be given back becomes free when it expires.
    if (seat !== undefined && !isOpen) {
      await object()
        .leaveSeat(seat.sessionId, seat.holder)
        .catch(() => undefined);
    }
  }
}

/**
 * @throws {Problem} If the grant was not made here, or is another session's. No object is called
 *   then.
 */
async function grantIdIn(
  request: Request,
  sessionId: string,
  queue: AdmissionQueue,
): Promise<string | undefined> {
  const presented = presentedGrant(request);
  if (presented === undefined) return undefined;
  const grant = await readGrant(await queue.salts(), presented);
  if (grant?.sessionId !== sessionId) throw grantInvalid(queue);
  return grant.grantId;
}

/** Finds the grant in a header, among the subprotocols, or in the URL. */
function presentedGrant({ headers, url }: Request): string | undefined {
  return (
    headers.get('x-queue-grant') ??
    offeredCredential(headers, 'grant.') ??
    new URL(url).searchParams.get('grant') ??
    undefined
  );
}

const grantRequired = ({ url }: AdmissionQueue) =>
  new Problem('CONNECT_QUEUE_REQUIRED', { extensions: { queueUrl: url } });

const grantInvalid = ({ url }: AdmissionQueue) =>
  new Problem('CONNECT_QUEUE_GRANT_INVALID', { extensions: { queueUrl: url } });
