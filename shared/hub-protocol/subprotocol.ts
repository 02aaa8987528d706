/**
 * What a client asks for when it upgrades to a WebSocket: a subprotocol (RFC 6455 §1.9), and the
 * credentials that a browser can offer only beside it. `+problem` asks for problem documents as the
 * payload of errors, which are otherwise empty.
 *
 * @module
 */

export type Subprotocol = 'sallyport.v1' | 'sallyport.v1+problem';

/** In the server's order of preference. */
const SUPPORTED: readonly Subprotocol[] = ['sallyport.v1+problem', 'sallyport.v1'];

/**
 * Chooses from the `Sec-WebSocket-Protocol` header. It never chooses a credential, because the server
 * echoes what it chooses.
 */
export function negotiateSubprotocol(headers: Headers): Subprotocol | undefined {
  const offered = headers
    .get('sec-websocket-protocol')
    ?.split(',')
    .map((entry) => entry.trim());
  return SUPPORTED.find((name) => offered?.includes(name));
}

/**
 * The credential that a client offers among the subprotocols, such as `bearer.<token>`, because a
 * browser cannot set headers of an upgrade (RFC 6455 §4.1).
 */
export function offeredCredential(
  headers: Headers,
  prefix: 'bearer.' | 'reconnect.' | 'grant.',
): string | undefined {
  return headers
    .get('sec-websocket-protocol')
    ?.split(',')
    .map((entry) => entry.trim())
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}

/** Whether a request asks for the upgrade to a WebSocket (RFC 6455 §4.2.1). */
export const isUpgrade = (headers: Headers): boolean =>
  headers.get('upgrade')?.toLowerCase() === 'websocket';
