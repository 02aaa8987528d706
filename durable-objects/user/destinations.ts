/**
 * To whom a user's object tells what has happened. Each takes the same delivery twice without harm.
 *
 * @module
 */

import * as z from 'zod';

import { type Clock, type Millis, seconds } from '../../shared/clock.ts';
import type {
  ConnectRpc,
  SessionEndReason,
  SessionsEnded,
} from '../../shared/contracts/connect/connect-rpc.ts';
import type { AccountState, IdentityRpc } from '../../shared/contracts/identity/identity-rpc.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { Revocation, RevocationLog } from '../../shared/contracts/identity/revocation-log.ts';
import type { EndReason } from '../../shared/contracts/identity/user-sessions.ts';
import { type AccountId, ClientId, SessionId } from '../../shared/ids.ts';
import { unreachable } from '../../shared/result.ts';
import type { Delivery, Destination } from '../../shared/sql/outbox.ts';
import { rolesToTell } from './roles.ts';
import {
  type DestinationName,
  END_REASONS,
  type Family,
  noticeExpiry,
  type UserStore,
} from './user.ts';

/** How long a call that ends a session or changes roles waits until the destinations are told. */
const CALL_LIMIT = seconds(1);
/** Relying parties' servers may be slower than our own Workers. */
const LOGOUT_LIMIT = seconds(10);
/** A reading of the account waits for the database. */
const READING_LIMIT = seconds(12);
const LONGEST_PAUSE = seconds(60);
/** The pauses between ten attempts add up to 8.5 minutes. */
const MAX_LOGOUT_ATTEMPTS = 10;

export type DestinationParts = {
  readonly store: UserStore;
  readonly clock: Clock;
  /** The user, as tokens name them unless a client knows them by another `sub`. */
  readonly subject: AccountId;
  /** These are called for every attempt: a stub is of no use once it has thrown. */
  readonly revocationLog: () => Pick<RevocationLog, 'append'>;
  readonly connect: () => Pick<ConnectRpc, 'sessionsEnded' | 'rolesChanged'>;
  readonly identity: () => Pick<IdentityRpc, 'accountState' | 'logoutRelyingParties'>;
  /** Stores what was read of the account. */
  readonly onAccount: (account: AccountState) => void;
};

type Destinations = Readonly<Record<DestinationName, Destination>>;

export function destinations(parts: DestinationParts): Destinations {
  return {
    'revocation-log': {
      ...ofEnds('revocation-log'),
      send: async (deliveries) => {
        await parts.revocationLog().append(deliveries.map(toRevocation));
      },
    },
    connect: {
      ...ofEnds('connect'),
      send: async (deliveries) => {
        const connect = parts.connect();
        const ended = sessionsEnded(deliveries.map(readNotice), parts);
        await Promise.all(ended.map((sessions) => connect.sessionsEnded(sessions)));
      },
    },
    roles: {
      ...AT_ONCE,
      event: 'roles',
      send: async () => {
        const connect = parts.connect();
        const changes = rolesToTell(parts.store, parts.clock());
        await Promise.all(changes.map((change) => connect.rolesChanged(change)));
      },
    },
    account: {
      isolated: true,
      limit: READING_LIMIT,
      longestPause: LONGEST_PAUSE,
      event: 'account',
      send: async () => parts.onAccount(await parts.identity().accountState(parts.subject)),
    },
    logout: {
      isolated: true,
      limit: LOGOUT_LIMIT,
      maxAttempts: MAX_LOGOUT_ATTEMPTS,
      event: 'logout',
      describe: (delivery) => {
        const { sessionId, clientId } = readLogout(delivery);
        return { sessionId, clientId };
      },
      send: async (deliveries) => {
        const identity = parts.identity();
        const logouts = deliveries.map(readLogout);
        await Promise.all(
          logouts.map(({ sessionId, ...party }) =>
            identity.logoutRelyingParties({ sessionId, parties: [party] }),
          ),
        );
      },
    },
  };
}

const AT_ONCE = { limit: CALL_LIMIT, longestPause: LONGEST_PAUSE } as const;

const ofEnds = (destination: DestinationName) => ({
  ...AT_ONCE,
  event: 'outbox',
  describe: () => ({ destination }),
});

const Notice = z.object({
  sessionId: z.string().transform((text) => SessionId.restore(text)),
  reason: z.enum(END_REASONS),
  /** A `NumericDate`: no access token of the session is alive from then on. */
  expiresAt: z.number(),
});
type Notice = z.output<typeof Notice>;

const readNotice = ({ payload }: Delivery): Notice => Notice.parse(payload);

/** Queues the notice that a session has ended, for the revocation log and for `connect`. */
export function addNotices(
  { outbox }: Pick<UserStore, 'outbox'>,
  sessionId: SessionId,
  reason: EndReason,
  families: readonly Family[],
  now: Millis,
): void {
  const expiresAt = noticeExpiry(families);
  const payload = { sessionId, reason, expiresAt } satisfies Notice;
  for (const destination of ['revocation-log', 'connect'] as const) {
    outbox.add({ destination, payload, dueAt: now, expiresAt: seconds(expiresAt) });
  }
}

/** What the revocation log is told. */
export function toRevocation(delivery: Delivery): Revocation {
  const { sessionId, expiresAt } = readNotice(delivery);
  return { kind: 'session', id: sessionId, expiresAt };
}

/** What `connect` is told: by the `sub` of the sessions' tokens, and by the reason. */
function sessionsEnded(
  notices: readonly Notice[],
  { store, subject }: Pick<DestinationParts, 'store' | 'subject'>,
): readonly SessionsEnded[] {
  // A client's tokens may name the user by a pairwise `sub`. A forgotten session has no socket left.
  const subjectOf = ({ sessionId }: Notice) =>
    store.session(sessionId)?.grant.oauth?.subject ?? subject;
  return [...Map.groupBy(notices, subjectOf)].flatMap(([subject, theirs]) =>
    Array.from(
      Map.groupBy(theirs, ({ reason }) => clientReason(reason)),
      ([reason, batch]) => ({
        subject,
        sessionIds: batch.map(({ sessionId }) => sessionId),
        reason,
      }),
    ),
  );
}

/** The reason that a client is told. */
function clientReason(reason: EndReason): SessionEndReason {
  switch (reason) {
    case 'admin':
      return 'kicked';
    case 'logout':
    case 'remote':
    case 'theft':
    case 'account_deleted':
    case 'revoked':
    case 'code_reused':
      return 'session_revoked';
    default:
      return unreachable(reason);
  }
}

const Logout = z.object({
  sessionId: z.string().transform((text) => SessionId.restore(text)),
  clientId: z.string().transform((text) => ClientId.restore(text)),
  subject: z.string(),
});
type Logout = z.output<typeof Logout>;

const readLogout = ({ payload }: Delivery): Logout => Logout.parse(payload);

/** Queues the notice that a session has ended, for a relying party (OpenID Connect Back-Channel Logout §2.5). */
export function addLogout(
  { outbox }: Pick<UserStore, 'outbox'>,
  sessionId: SessionId,
  { clientId, subject }: RelyingParty,
  now: Millis,
): void {
  const payload = { sessionId, clientId, subject } satisfies Logout;
  outbox.add({ destination: 'logout', payload, dueAt: now, expiresAt: null });
}
