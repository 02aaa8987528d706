import { Problem } from '../../../shared/http/problem.ts';
import { type Credentials, readCredentials } from '../credentials/credentials.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import { type AuthenticateNeeds, authenticate, countForCaller } from './authenticate.ts';
import { type ForwardNeeds, forward } from './forward.ts';
import type { Trip } from './trip.ts';

export type SocketNeeds = AuthenticateNeeds &
  ForwardNeeds & {
    readonly limits: RateLimits;
    /** Whether an access token may stand in the URL. */
    readonly queryTokenAllowed: boolean;
  };

/**
 * Opens a WebSocket to the hub.
 *
 * Bad credentials are refused here, before any object wakes. A ticket or a reconnection token is the
 * hub's own: it is passed on, and the hub judges it.
 *
 * @throws {Problem} `UPGRADE_REQUIRED`, `AUTH_*`, `RATE_LIMITED`
 */
export async function openSocket(needs: SocketNeeds, trip: Trip): Promise<Response> {
  const { headers } = trip.request;
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED', NO_UPGRADE);
  }
  const { queryTokenAllowed } = needs;
  if (!queryTokenAllowed && trip.url.searchParams.has('token')) {
    throw new Problem('AUTH_TOKEN_MISSING', TOKEN_IN_URL);
  }
  const credentials = offeredCredentials(headers) ?? credentialsInUrl(trip);
  const caller = await authenticate(needs, credentials, trip);
  if (!caller.known && (credentials !== undefined || !isForHub(trip)))
    throw new Problem(caller.code);
  if (caller.known) countForCaller(needs, caller, trip);
  return forward(needs, { to: 'connect' }, withoutToken(trip), caller);
}

/** RFC 6750 §2.3, for clients that can send neither headers nor subprotocols. */
function credentialsInUrl({ url }: Trip): Credentials | undefined {
  const token = url.searchParams.get('token');
  return token === null ? undefined : { scheme: 'Bearer', token };
}

/** A token that was judged is not passed on. */
function withoutToken(trip: Trip): Trip {
  if (!trip.url.searchParams.has('token')) return trip;
  const url = new URL(trip.url);
  url.searchParams.delete('token');
  return { ...trip, url, request: new Request(url, trip.request) };
}

const NO_UPGRADE = { detail: 'A request to open a socket has the header "Upgrade: websocket"' };

/** URLs end up in logs, and a token in them as well. */
const TOKEN_IN_URL = {
  detail: 'An access token in the URL is refused: send it as a header or a subprotocol',
};

const BEARER_ENTRY = 'bearer.';
const RECONNECT_ENTRY = 'reconnect.';

/**
 * The token of `Authorization`, or of the subprotocols, where a browser can put one (RFC 6455 §4.1). A
 * proof has no place among those, so that a token that is bound to a key is refused.
 */
function offeredCredentials(headers: Headers): Credentials | undefined {
  const entry = offeredEntry(headers, BEARER_ENTRY);
  const inHeader = readCredentials(headers.get('authorization'));
  if (inHeader !== undefined || entry === undefined) return inHeader;
  return { scheme: 'Bearer', token: entry.slice(BEARER_ENTRY.length) };
}

const offeredEntry = (headers: Headers, prefix: string): string | undefined =>
  headers
    .get('sec-websocket-protocol')
    ?.split(',')
    .map((entry) => entry.trim())
    .find((entry) => entry.startsWith(prefix));

function isForHub({ request: { headers }, url }: Trip): boolean {
  return (
    /^reconnect \S/i.test(headers.get('authorization') ?? '') ||
    (offeredEntry(headers, RECONNECT_ENTRY) ?? RECONNECT_ENTRY) !== RECONNECT_ENTRY ||
    (url.searchParams.get('ticket') ?? '') !== ''
  );
}
