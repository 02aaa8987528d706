/**
 * Telling others what the outbox holds.
 *
 * Delivery is at least once: a notice goes only when its destination has answered, and both
 * destinations take the same notice twice without harm.
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { ConnectRpc, SessionsEnded } from '../../shared/contracts/connect/connect-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { SessionId } from '../../shared/ids.ts';
import { clientReason, type Destination, type Notice } from './outbox.ts';

/** How long the end of a session waits for the others to hear of it. */
export const DELIVERY_WAIT = seconds(1);

export type Recipients = {
  readonly revocationLog: Pick<RevocationLog, 'append'>;
  readonly connect: Pick<ConnectRpc, 'sessionsEnded'>;
};

/**
 * Tells one destination. Rejects if it fails.
 *
 * @param subjectOf - The `sub` of a session's tokens, by which the hub knows its sockets.
 */
export async function send(
  to: Destination,
  notices: readonly Notice[],
  subjectOf: (sessionId: SessionId) => string,
  { revocationLog, connect }: Recipients,
): Promise<void> {
  if (to === 'revocation-log') {
    await revocationLog.append(
      notices.map(({ sessionId: id, expiresAt }) => ({ kind: 'session', id, expiresAt })),
    );
    return;
  }
  await Promise.all(batches(notices, subjectOf).map((batch) => connect.sessionsEnded(batch)));
}

const batches = (
  notices: readonly Notice[],
  subjectOf: (sessionId: SessionId) => string,
): readonly SessionsEnded[] =>
  [...Map.groupBy(notices, ({ sessionId }) => subjectOf(sessionId))].flatMap(([subject, theirs]) =>
    Array.from(
      Map.groupBy(theirs, ({ reason }) => clientReason(reason)),
      ([reason, batch]) => ({
        subject,
        sessionIds: batch.map(({ sessionId }) => sessionId),
        reason,
      }),
    ),
  );

/**
 * Waits for `work`, but not for longer than `limit`. Work that is late is left to itself.
 *
 * @throws {Error} If `work` rejects or is late.
 */
export async function within(limit: Millis, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Cannot wait: ${limit} ms are over`)),
    limit,
  );
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
