import { Problem } from '../../../shared/http/problem.ts';
import { type Credentials, readCredentials } from '../credentials.ts';
import { type AuthenticateServices, authenticate } from './authenticate.ts';
import { type ForwardServices, forward } from './forward.ts';
import type { Trip } from './trip.ts';

/**
 * Opens a WebSocket to the hub.
 *
 * Bad credentials are refused here, before any object wakes. A ticket or a reconnection token is the
 * hub's own: it goes through, and the hub judges it.
 *
 * @throws {Problem} `UPGRADE_REQUIRED`, `AUTH_*`
 */
export async function openSocket(
  services: AuthenticateServices & ForwardServices,
  trip: Trip,
): Promise<Response> {
  const { headers } = trip.request;
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED', { headers: { upgrade: 'websocket' } });
  }
  if (trip.url.searchParams.has('token')) throw new Problem('AUTH_TOKEN_MISSING', TOKEN_IN_URL);
  const credentials = offeredCredentials(headers);
  const caller = await authenticate(services, credentials, trip);
  if (!caller.known && (credentials !== undefined || !isForHub(trip)))
    throw new Problem(caller.code);
  return forward(services, { to: 'connect' }, trip, caller);
}

/** URLs are logged wherever they pass. */
const TOKEN_IN_URL = {
  detail: 'An access token in the URL is refused: send it as a header or a subprotocol',
};

const SUBPROTOCOL = 'bearer.';

/**
 * From `Authorization`, or where a browser can put it: among the subprotocols (RFC 6455 §4.1). There a
 * proof has no place, so a token that is bound to a key is refused.
 */
function offeredCredentials(headers: Headers): Credentials | undefined {
  const offered = headers
    .get('sec-websocket-protocol')
    ?.split(',')
    .map((entry) => entry.trim());
  const entry = offered?.find((one) => one.startsWith(SUBPROTOCOL));
  const inHeader = readCredentials(headers.get('authorization'));
  if (inHeader !== undefined || entry === undefined) return inHeader;
  return { scheme: 'Bearer', token: entry.slice(SUBPROTOCOL.length) };
}

function isForHub({ request, url }: Trip): boolean {
  const isReconnect = /^reconnect \S/i.test(request.headers.get('authorization') ?? '');
  return isReconnect || (url.searchParams.get('ticket') ?? '') !== '';
}
