import type { Clock } from '../../../shared/clock.ts';
import type { UpgradeParameters } from '../../../shared/contracts/connect/upgrade-parameters.ts';
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
import { type OwnClientNeeds, requireHubAccess } from '../../kit/require.ts';
import { type AccountNeeds, withAccount } from '../hubs/account-of-principal.ts';
import { type NetworkNeeds, regionOf } from '../hubs/hub-network.ts';

/** The hub that a client is let in to, and what that hub learns of it. */
export type Admission = {
  readonly hub: string;
  readonly sessionId: string;
  /** Absent where a reconnection token is all that the client has. */
  readonly principal: SessionPrincipal | undefined;
  readonly parameters: UpgradeParameters;
};

export type AdmissionNeeds = NetworkNeeds &
  AccountNeeds &
  OwnClientNeeds & {
    /** They open reconnection tokens and tickets, and make tickets. */
    readonly salts: () => Promise<ConnectSalts>;
    readonly clock: Clock;
  };

/**
 * Judges what a client presents, and finds its hub. A token or a ticket that was not made here wakes no
 * hub, and identity is asked for the account behind a pairwise subject alone.
 *
 * An access token goes before a reconnection token, and that before a ticket. Beside an access token
 * a reconnection token only says at which hub the session's stream is.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`, `CONNECT_*`, `VALIDATION_ERROR`
 */
export async function admit(request: Request, needs: AdmissionNeeds): Promise<Admission> {
  const { reconnectionToken, ticket, manifestHash, ...presented } = readCredentials(request);
  const resumeFrom = { lastSequence: readSequence(presented.lastSequence), manifestHash };
  const principal = readPrincipal(request.headers);
  if (principal !== undefined) {
    if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED', WITHOUT_SESSION);
    requireHubAccess(principal, needs);
    const hub =
      (await hubOfStream(reconnectionToken, principal, needs)) ??
      needs.network.hubOf(regionOf(request.cf), principal.sessionId);
    const { sessionId } = principal;
    const known = await withAccount(principal, needs);
    return { hub, sessionId, principal: known, parameters: resumeFrom };
  }
  if (reconnectionToken !== undefined)
    return admitByReconnectionToken(reconnectionToken, resumeFrom, needs);
  if (ticket !== undefined) return admitByTicket(ticket, resumeFrom, needs);
  throw new Problem(readAuthFailure(request.headers));
}

/** What the client says it has already. */
type ResumePoint = Pick<UpgradeParameters, 'lastSequence' | 'manifestHash'>;

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

/** The hub that a reconnection token of the same session names. */
async function hubOfStream(
  token: string | undefined,
  { sessionId }: SessionPrincipal,
  { salts }: AdmissionNeeds,
): Promise<string | undefined> {
  const read = token === undefined ? undefined : await readReconnectionToken(await salts(), token);
  return read?.sessionId === sessionId ? read.hub : undefined;
}

async function admitByReconnectionToken(
  token: string,
  resumeFrom: ResumePoint,
  { salts }: AdmissionNeeds,
): Promise<Admission> {
  const read = await readReconnectionToken(await salts(), token);
  if (read === undefined) throw new Problem('CONNECT_RECONNECTION_INVALID');
  const { hub, ...reconnection } = read;
  const { sessionId } = reconnection;
  return { hub, sessionId, principal: undefined, parameters: { ...resumeFrom, reconnection } };
}

async function admitByTicket(
  sealed: string,
  resumeFrom: ResumePoint,
  { salts, clock, config, identity }: AdmissionNeeds,
): Promise<Admission> {
  const ticket = await readTicket(await salts(), sealed, clock());
  if (ticket === undefined) throw new Problem('CONNECT_TICKET_INVALID');
  requireHubAccess(ticket.principal, { config });
  const { hub, id, expiresAt } = ticket;
  const principal = await withAccount(ticket.principal, { identity });
  const { sessionId } = principal;
  return { hub, sessionId, principal, parameters: { ...resumeFrom, ticket: { id, expiresAt } } };
}

/** What a client presents to connect, apart from an access token, which `edge` has judged. */
type ConnectCredentials = {
  readonly reconnectionToken: string | undefined;
  readonly ticket: string | undefined;
  /** As it stands in the URL. */
  readonly lastSequence: string | undefined;
  /** Of the manifest that the client has. */
  readonly manifestHash: string | undefined;
};

const AUTHORIZATION = /^reconnect +(\S+) *$/i;
/** Anything else is ignored: it is the hash of no manifest. */
const HASH = /^[\w-]{43}$/;
const SUBPROTOCOL = 'reconnect.';

/** Reads a request, without judging it. */
function readCredentials({ url, headers }: Pick<Request, 'url' | 'headers'>): ConnectCredentials {
  const { searchParams } = new URL(url);
  return {
    reconnectionToken:
      AUTHORIZATION.exec(headers.get('authorization') ?? '')?.[1] ?? fromSubprotocols(headers),
    ticket: searchParams.get('ticket') ?? undefined,
    lastSequence: searchParams.get('lastSequence') ?? undefined,
    manifestHash: HASH.exec(searchParams.get('manifest') ?? '')?.[0],
  };
}

/** A browser cannot set headers, so it offers the token among the subprotocols (RFC 6455 §4.1). */
function fromSubprotocols(headers: Headers): string | undefined {
  const offered = (headers.get('sec-websocket-protocol') ?? '').split(',');
  const entry = offered.map((each) => each.trim()).find((each) => each.startsWith(SUBPROTOCOL));
  return entry?.slice(SUBPROTOCOL.length);
}
