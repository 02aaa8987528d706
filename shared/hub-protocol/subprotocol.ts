/**
 * WebSocket subprotocols (RFC 6455 §1.9). `+problem` asks for problem documents as the payload of
 * errors, which are otherwise empty.
 *
 * @module
 */

export type Subprotocol = 'sallyport.v1' | 'sallyport.v1+problem';

/** In the server's order of preference. */
const SUPPORTED: readonly Subprotocol[] = ['sallyport.v1+problem', 'sallyport.v1'];

/**
 * Chooses from a `Sec-WebSocket-Protocol` header. Never chooses a `bearer.*` entry: what is chosen
 * is echoed, and a credential is not.
 */
export function negotiateSubprotocol(offered: string | null): Subprotocol | undefined {
  const entries = (offered ?? '').split(',').map((entry) => entry.trim());
  return SUPPORTED.find((name) => entries.includes(name));
}
