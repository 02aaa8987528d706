import { Problem } from '../../../shared/http/problem.ts';
import { isUpgrade, offeredCredential } from '../../../shared/hub-protocol/subprotocol.ts';
import { type Credentials, readCredentials } from '../credentials/credentials.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import { type AuthenticateNeeds, authenticate, countForCaller } from './authenticate.ts';
import { type ForwardNeeds, forward } from './forward.ts';
import type { Trip } from './trip.ts';

export type UpgradeNeeds = AuthenticateNeeds &
  ForwardNeeds & {
    readonly limits: RateLimits;
    /** Whether an access token may stand in the URL. */
    readonly queryTokenAllowed: boolean;
  };

/**
 * Forwards the upgrade to a WebSocket to the connect Worker.
 *
 * Bad credentials are refused here, before any object wakes. A ticket or a reconnection token is passed
 * on, because only the connect Worker and the hub can judge it.
 *
 * @throws {Problem} `UPGRADE_REQUIRED`, `AUTH_*`, `RATE_LIMITED`
 */
export async function forwardUpgrade(needs: UpgradeNeeds, trip: Trip): Promise<Response> {
  const { headers } = trip.request;
  if (!isUpgrade(headers)) {
    throw new Problem('UPGRADE_REQUIRED', NO_UPGRADE);
  }
  const { queryTokenAllowed } = needs;
  if (!queryTokenAllowed && trip.url.searchParams.has('token')) {
    throw new Problem('AUTH_TOKEN_MISSING', TOKEN_IN_URL);
  }
  const credentials = offeredCredentials(headers) ?? credentialsInUrl(trip);
  const caller = await authenticate(needs, credentials, trip);
  if (!caller.isKnown && (credentials !== undefined || !isForHub(trip)))
    throw new Problem(caller.code);
  if (caller.isKnown) countForCaller(needs, caller, trip);
  return forward(needs, { to: 'connect' }, withoutToken(trip), caller);
}

/** RFC 6750 §2.3, for clients that can send neither headers nor subprotocols. */
function credentialsInUrl({ url }: Trip): Credentials | undefined {
  const token = url.searchParams.get('token');
  return token === null ? undefined : { scheme: 'Bearer', token };
}

/** Removes the access token from the URL, because it was judged here. */
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

/**
 * The token of `Authorization`, or else of the subprotocols. The subprotocols have no place for a proof,
 * so a token there that is bound to a key is refused.
 */
function offeredCredentials(headers: Headers): Credentials | undefined {
  const inHeader = readCredentials(headers.get('authorization'));
  if (inHeader !== undefined) return inHeader;
  const token = offeredCredential(headers, 'bearer.');
  return token === undefined ? undefined : { scheme: 'Bearer', token };
}

function isForHub({ request: { headers }, url }: Trip): boolean {
  return (
    /^reconnect \S/i.test(headers.get('authorization') ?? '') ||
    (offeredCredential(headers, 'reconnect.') ?? '') !== '' ||
    (url.searchParams.get('ticket') ?? '') !== ''
  );
}
