import type { Millis } from '../../../shared/clock.ts';
import type { Arrival } from '../../../shared/contracts/connect/arrival.ts';
import {
  hasSession,
  readAuthFailure,
  readPrincipal,
  type SessionPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { readTicket } from '../../../shared/tokens/connection-ticket.ts';
import { readReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import { readPresented } from './presented.ts';

/** Where a client goes, and what the hub is told of it. */
export type Arriving = {
  readonly hub: string;
  readonly sessionId: string;
  /** Absent where a reconnection token is all that the client has. */
  readonly principal: SessionPrincipal | undefined;
  readonly arrival: Arrival;
};

export type ArriveDeps = {
  readonly salts: ConnectSalts;
  /** The hub of a session that has none yet. */
  readonly hubOf: (sessionId: string) => string;
  readonly now: Millis;
};

/**
 * Judges what a client presents, and finds its hub. Nothing is asked: a token or a ticket that was
 * not made here wakes no hub.
 *
 * An access token goes before a reconnection token, and that before a ticket. Beside an access token
 * a reconnection token only says at which hub the session's stream is.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`, `CONNECT_*`, `VALIDATION_ERROR`
 */
export async function arrive(request: Request, deps: ArriveDeps): Promise<Arriving> {
  const { reconnectionToken, ticket, manifestHash, ...presented } = readPresented(request);
  const wishes = { lastSequence: readSequence(presented.lastSequence), manifestHash };
  const principal = readPrincipal(request.headers);
  if (principal !== undefined) {
    if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED', WITHOUT_SESSION);
    const hub = await hubBeside(reconnectionToken, principal, deps);
    return { hub, sessionId: principal.sessionId, principal, arrival: wishes };
  }
  if (reconnectionToken !== undefined) return byToken(reconnectionToken, wishes, deps);
  if (ticket !== undefined) return byTicket(ticket, wishes, deps);
  throw new Problem(readAuthFailure(request.headers));
}

/** What a client asks for, whoever it is. */
type Wishes = Pick<Arrival, 'lastSequence' | 'manifestHash'>;

const WITHOUT_SESSION = {
  detail: 'A connection belongs to a session, and this access token to none: sign a user in',
};

/** Sequences are 32 bits wide. */
const LARGEST = 0xffff_ffff;

function readSequence(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const sequence = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (sequence <= LARGEST) return sequence;
  const message = 'It must be the sequence of the last event received';
  throw new Problem('VALIDATION_ERROR', { errors: [{ path: 'lastSequence', message }] });
}

async function hubBeside(
  token: string | undefined,
  { sessionId }: SessionPrincipal,
  { salts, hubOf }: ArriveDeps,
): Promise<string> {
  const read = token === undefined ? undefined : await readReconnectionToken(salts, token);
  return read?.sessionId === sessionId ? read.hub : hubOf(sessionId);
}

async function byToken(token: string, wishes: Wishes, { salts }: ArriveDeps): Promise<Arriving> {
  const read = await readReconnectionToken(salts, token);
  if (read === undefined) throw new Problem('CONNECT_RECONNECTION_INVALID');
  const { hub, ...reconnection } = read;
  const { sessionId } = reconnection;
  return { hub, sessionId, principal: undefined, arrival: { ...wishes, reconnection } };
}

async function byTicket(
  sealed: string,
  wishes: Wishes,
  { salts, now }: ArriveDeps,
): Promise<Arriving> {
  const ticket = await readTicket(salts, sealed, now);
  if (ticket === undefined) throw new Problem('CONNECT_TICKET_INVALID');
  const { hub, principal, id, expiresAt } = ticket;
  const { sessionId } = principal;
  return { hub, sessionId, principal, arrival: { ...wishes, ticket: { id, expiresAt } } };
}
