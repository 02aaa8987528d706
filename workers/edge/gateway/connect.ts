import { Problem } from '../../../shared/http/problem.ts';
import { bearerToken } from '../bearer.ts';
import type { Upstreams } from '../ports.ts';
import { type AuthenticateServices, authenticate } from './authenticate.ts';
import { forward } from './forward.ts';
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
  services: AuthenticateServices & { readonly upstreams: Upstreams },
  trip: Trip,
): Promise<Response> {
  const { headers } = trip.request;
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED', { headers: { upgrade: 'websocket' } });
  }
  if (trip.url.searchParams.has('token')) throw new Problem('AUTH_TOKEN_MISSING', TOKEN_IN_URL);
  const token = offeredToken(headers);
  const caller = await authenticate(services, token, trip);
  if (!caller.known && (token !== undefined || !isForHub(trip))) throw new Problem(caller.code);
  return forward(services.upstreams, { to: 'connect' }, trip, caller);
}

/** URLs are logged wherever they pass. */
const TOKEN_IN_URL = {
  detail: 'An access token in the URL is refused: send it as a header or a subprotocol',
};

const SUBPROTOCOL = 'bearer.';

/** From `Authorization`, or where a browser can put it: among the subprotocols (RFC 6455 §4.1). */
function offeredToken(headers: Headers): string | undefined {
  const offered = headers
    .get('sec-websocket-protocol')
    ?.split(',')
    .map((entry) => entry.trim());
  const entry = offered?.find((one) => one.startsWith(SUBPROTOCOL));
  return bearerToken(headers.get('authorization')) ?? entry?.slice(SUBPROTOCOL.length);
}

function isForHub({ request, url }: Trip): boolean {
  const isReconnect = /^reconnect \S/i.test(request.headers.get('authorization') ?? '');
  return isReconnect || (url.searchParams.get('ticket') ?? '') !== '';
}
