/**
 * Telling others what the outbox holds.
 *
 * Delivery is at least once: a notice goes only when its destination has answered, and both
 * destinations take the same notice twice without harm.
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { ConnectRpc } from '../../shared/contracts/connect-rpc.ts';
import type { RevocationLog } from '../../shared/contracts/revocation.ts';
import type { AccountId } from '../../shared/ids.ts';
import { clientReason, type Destination, type Notice } from './outbox.ts';

/** How long the end of a session waits for the others to hear of it. */
export const DELIVERY_WAIT = seconds(1);

export type Recipients = {
  readonly revocationLog: Pick<RevocationLog, 'append'>;
  readonly connect: Pick<ConnectRpc, 'sessionsEnded'>;
};

/** Tells one destination. Rejects if it fails. */
export async function send(
  to: Destination,
  notices: readonly Notice[],
  subject: AccountId,
  { revocationLog, connect }: Recipients,
): Promise<void> {
  if (to === 'revocation-log') {
    await revocationLog.append(
      notices.map(({ sessionId: id, expiresAt }) => ({ kind: 'session', id, expiresAt })),
    );
    return;
  }
  const byReason = Map.groupBy(notices, (notice) => clientReason(notice.reason));
  await Promise.all(
    Array.from(byReason, ([reason, batch]) =>
      connect.sessionsEnded({
        subject,
        sessionIds: batch.map((notice) => notice.sessionId),
        reason,
      }),
    ),
  );
}

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
