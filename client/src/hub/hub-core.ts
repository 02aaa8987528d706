import { endsSession } from '../auth/refresh.ts';
import type { ServerClock } from '../auth/server-clock.ts';
import type { AccessToken, TokenSource } from '../auth/session.ts';
import { SallyportError } from '../common/errors.ts';
import { isObject, numberOf } from '../common/json.ts';
import { Listeners, type Stop } from '../common/listeners.ts';
import { type SocketConstructor, watchEnvironment } from '../common/platform.ts';
import { type Post, requestAccess } from './admission.ts';
import { Calls } from './calls.ts';
import { Connection, type HubParts } from './connection.ts';
import { addressOf, type Decompress } from './frame-socket.ts';
import { EventHandlers, RequestHandlers } from './handlers.ts';
import { CurrentManifest } from './manifest.ts';
import { fromPayload, toPayload } from './payload.ts';
import { type Attempt, type ConnectionEnd, Reconnector } from './reconnector.ts';
import { StreamPosition } from './stream-position.ts';

export type HubPorts = {
  /** Returns the hub's address. Every attempt asks anew. */
  readonly url: () => string;
  readonly tokens: TokenSource;
  readonly clock: ServerClock;
  readonly WebSocket: SocketConstructor;
  readonly decompress: Decompress;
  readonly random: () => number;
  readonly post: Post;
  /** How many calls may wait for a connection. */
  readonly maxWaiting: number;
};

const FAILED: ConnectionEnd = { code: 1006, wasOpen: false, lasted: 0, retryAfterMs: 0 };
const REAUTHENTICATE = 'POST:/connect/reauthenticate';

/** Without a token, `retryAfterMs` is how long the issuer asks to wait. */
type ObtainedToken = { readonly token: AccessToken | undefined; readonly retryAfterMs: number };

/** The untyped core of {@link Hub}, which opens one connection after another. */
export class HubCore {
  readonly parts: HubParts;
  readonly reconnector: Reconnector;
  readonly #ports: HubPorts;
  #connection: Connection | undefined;
  #token: string | undefined;
  #stopWatching: Stop | undefined;

  constructor(ports: HubPorts) {
    this.#ports = ports;
    this.parts = {
      calls: new Calls(ports.maxWaiting),
      events: new EventHandlers(),
      requests: new RequestHandlers(),
      peers: new Listeners(),
      manifest: new CurrentManifest(),
      position: new StreamPosition(),
    };
    const { random } = ports;
    this.reconnector = new Reconnector({ random, connect: (attempt) => this.#connect(attempt) });
  }

  start(): void {
    this.#stopWatching ??= watchEnvironment({
      retry: () => this.reconnector.retryNow(),
      probe: () => this.#connection?.probe(),
    });
    this.reconnector.start();
  }

  /** Ends the subscriptions once the reconnector is closed. */
  stop(): void {
    this.#stopWatching?.();
    this.#stopWatching = undefined;
  }

  async #connect(attempt: Attempt): Promise<ConnectionEnd | 'signed_out'> {
    const obtained = await this.#accessToken(attempt.needsNewToken ? this.#token : undefined);
    const { manifest, position } = this.parts;
    const { reconnectionToken, lastSequence } = position;
    if (obtained === 'signed_out') return obtained;
    const { token, retryAfterMs } = obtained;
    // While the identity service is unreachable, the reconnection token still opens the hub.
    if (token === undefined && reconnectionToken === undefined) return { ...FAILED, retryAfterMs };
    const accessToken = token?.value;
    this.#token = accessToken;
    const grant =
      attempt.hasFailed && accessToken !== undefined
        ? await requestAccess(this.#ports.post, accessToken)
        : undefined;
    if (typeof grant === 'object') return { ...FAILED, ...grant };
    const manifestHash = manifest.current?.manifestHash;
    const opening = { accessToken, grant, reconnectionToken, lastSequence, manifestHash };
    const address = addressOf({ url: this.#ports.url(), ...opening });
    this.#connection = new Connection(this.parts, this.#connectionPorts(), {
      attempt,
      address,
      token,
    });
    try {
      return await this.#connection.ended;
    } finally {
      this.#connection = undefined;
    }
  }

  /** Only an answer that says so ends the session: a server that is overloaded is asked again. */
  async #accessToken(stale: string | undefined): Promise<ObtainedToken | 'signed_out'> {
    try {
      return { token: await this.#ports.tokens(stale), retryAfterMs: 0 };
    } catch (error) {
      if (endsSession(error)) return 'signed_out';
      const { code, retryAfterMs = 0 } = error instanceof SallyportError ? error : {};
      return code === 'signed_out' ? code : { token: undefined, retryAfterMs };
    }
  }

  #connectionPorts() {
    const { WebSocket, decompress, tokens, clock } = this.#ports;
    const present = (token: string): Promise<number | undefined> => this.#present(token);
    return { WebSocket, decompress, tokens, present, now: () => clock.now() };
  }

  async #present(accessToken: string): Promise<number | undefined> {
    const { calls, manifest } = this.parts;
    const response = await calls.submit({
      target: () => manifest.find('connect', REAUTHENTICATE),
      missing: 'ServiceNotFound',
      flags: 0,
      channel: 0,
      payload: toPayload({ accessToken }),
      idempotent: false,
      timeout: 30_000,
      signal: undefined,
    });
    if (response?.code !== 0) throw new TypeError('Cannot present token: the hub refused it');
    const body = fromPayload(response.payload);
    const expiresAt = isObject(body) ? numberOf(body['expiresAt']) : undefined;
    return expiresAt && 1000 * expiresAt;
  }
}
