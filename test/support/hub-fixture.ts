/** Hubs of the test's own Worker, and clients whose upgrade the test sends itself. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import {
  encodeUpgradeParameters,
  UPGRADE_PARAMETERS_HEADER,
  type UpgradeParameters,
} from '../../shared/contracts/connect/upgrade-parameters.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type SessionPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import { newSessionId, newTokenId } from '../../shared/ids.ts';
import { HubClient, type HubSocket, type SocketListener } from './hub-client.ts';

export const HUB = 'hub:local:0';

export function aPrincipal(change: Partial<SessionPrincipal> = {}): SessionPrincipal {
  return {
    subject: crypto.randomUUID(),
    sessionId: newSessionId(),
    clientId: 'sallyport',
    scopes: ['openid'],
    roles: ['user'],
    tokenId: newTokenId(),
    expiresAt: Math.floor(Date.now() / 1_000) + 900,
    ...change,
  };
}

/** A client, and the principal that it connected with. */
export type SessionClient = HubClient & { readonly principal: SessionPrincipal };

export type UpgradeOptions = {
  readonly hub?: string;
  readonly subprotocol?: string;
  readonly headers?: Record<string, string>;
  readonly parameters?: UpgradeParameters;
};

export const connectToHub = async (
  principal: SessionPrincipal = aPrincipal(),
  options: UpgradeOptions = {},
): Promise<SessionClient> => clientOf(await requestUpgrade(principal, options), principal);

/**
 * Sends an upgrade request to a hub, as the connect Worker does. The body of a refusal is read, because
 * an unread body delays eviction.
 */
export async function requestUpgrade(
  principal: SessionPrincipal,
  { hub = HUB, subprotocol, headers, parameters }: UpgradeOptions = {},
): Promise<Response> {
  const response = await env.HUBS.getByName(hub).fetch('https://hub.test/connect', {
    headers: {
      ...headers,
      upgrade: 'websocket',
      [PRINCIPAL_HEADER]: encodePrincipal(principal),
      ...(subprotocol === undefined ? {} : { 'sec-websocket-protocol': subprotocol }),
      ...(parameters === undefined
        ? {}
        : { [UPGRADE_PARAMETERS_HEADER]: encodeUpgradeParameters(parameters) }),
    },
  });
  return response.webSocket === null ? new Response(await response.text(), response) : response;
}

/** The client whose upgrade request has this response. */
export async function clientOf(
  response: Response,
  principal: SessionPrincipal,
): Promise<SessionClient> {
  const client = await HubClient.open((listener) => new FetchedSocket(response, listener));
  return Object.assign(client, { principal });
}

/** A socket from a `fetch` of workerd. */
class FetchedSocket implements HubSocket {
  readonly subprotocol: string | null;
  readonly #socket: WebSocket;

  constructor({ webSocket, status, headers }: Response, listener: SocketListener) {
    if (webSocket === null) throw new Error(`Cannot connect: status ${status}`);
    this.#socket = webSocket;
    this.subprotocol = headers.get('sec-websocket-protocol');
    webSocket.addEventListener('close', ({ code, reason }) => listener.onClose({ code, reason }));
    webSocket.binaryType = 'arraybuffer';
    webSocket.addEventListener('message', ({ data }) => listener.onMessage(data));
    webSocket.accept();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  close(code?: number): void {
    this.#socket.close(code);
  }
}

/** Changes the stored principal of a stream, and has the hub read it anew. */
export async function changeStoredPrincipal(
  sessionId: string,
  change: (principal: SessionPrincipal) => SessionPrincipal,
  hub = HUB,
): Promise<void> {
  const stub = env.HUBS.getByName(hub);
  await runInDurableObject(stub, (_, { storage }) => {
    const { principal } = storage.sql
      .exec<{ principal: string }>('SELECT principal FROM streams WHERE session_id = ?', sessionId)
      .one();
    const changed = JSON.stringify(change(JSON.parse(principal)));
    storage.sql.exec('UPDATE streams SET principal = ? WHERE session_id = ?', changed, sessionId);
  });
  await evictDurableObject(stub);
}
