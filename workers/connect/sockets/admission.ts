import type { Clock } from '../../../shared/clock.ts';
import type { UpgradeParameters } from '../../../shared/contracts/connect/upgrade-parameters.ts';
import {
  hasSession,
  readAuthFailure,
  readPrincipal,
  type SessionPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { offeredCredential } from '../../../shared/hub-protocol/subprotocol.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { readTicket } from '../../../shared/tokens/connection-ticket.ts';
import { readReconnectionToken } from '../../../shared/tokens/reconnection-token.ts';
import { type OwnClientNeeds, requireHubAccess } from '../../kit/require.ts';
import { type AccountNeeds, withAccount } from '../hubs/account-of-principal.ts';
import { type NetworkNeeds, regionOf } from '../hubs/hub-network.ts';
import { limitTicketFailures, type TicketFailuresNeeds } from '../limits/ticket-failures.ts';

/** The hub of an admitted client, and what that hub is told about the client. */
export type Admission = {
  readonly hub: string;
  readonly sessionId: string;
  /** Absent if the client presents only a reconnection token. */
  readonly principal: SessionPrincipal | undefined;
  readonly parameters: UpgradeParameters;
};

export type AdmissionNeeds = NetworkNeeds &
  AccountNeeds &
  OwnClientNeeds &
  TicketFailuresNeeds & {
    /** They open reconnection tokens and tickets, and make tickets. */
    readonly salts: () => Promise<ConnectSalts>;
    readonly clock: Clock;
  };

/**
 * Judges what a client presents, and finds its hub. A token or a ticket that was not made here wakes no
 * hub, and identity is asked for the account behind a pairwise subject alone.
 *
 * An access token precedes a reconnection token, and that precedes a ticket. With an access token,
 * the reconnection token only says at which hub the session's stream is.
 *
 * @throws {Problem} `AUTH_*`, `AUTHZ_DENIED`, `CONNECT_*`, `VALIDATION_ERROR`, `RATE_LIMITED`
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
    const identified = await withAccount(principal, needs);
    return { hub, sessionId, principal: identified, parameters: resumeFrom };
  }
  if (reconnectionToken !== undefined) {
    return limitTicketFailures(request.headers, needs, () =>
      admitByReconnectionToken(reconnectionToken, resumeFrom, needs),
    );
  }
  if (ticket !== undefined) {
    return limitTicketFailures(request.headers, needs, () =>
      admitByTicket(ticket, resumeFrom, needs),
    );
  }
  throw new Problem(readAuthFailure(request.headers));
}

/** The events and the manifest that the client says it has. */
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

/** The credentials in a request, except the access token, which `edge` has judged. */
type ConnectCredentials = {
  readonly reconnectionToken: string | undefined;
  readonly ticket: string | undefined;
  /** The text of the URL's parameter. */
  readonly lastSequence: string | undefined;
  /** The hash of the manifest that the client has. */
  readonly manifestHash: string | undefined;
};

const AUTHORIZATION = /^reconnect +(\S+) *$/i;
/** The form of a manifest's hash. Any other text is ignored. */
const HASH = /^[\w-]{43}$/;

/** Reads the credentials without judging them. */
function readCredentials({ url, headers }: Pick<Request, 'url' | 'headers'>): ConnectCredentials {
  const { searchParams } = new URL(url);
  return {
    reconnectionToken:
      AUTHORIZATION.exec(headers.get('authorization') ?? '')?.[1] ??
      offeredCredential(headers, 'reconnect.'),
    ticket: searchParams.get('ticket') ?? undefined,
    lastSequence: searchParams.get('lastSequence') ?? undefined,
    manifestHash: HASH.exec(searchParams.get('manifest') ?? '')?.[0],
  };
}
