import { Flag, hasFlag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID, type GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import type { Stop } from '../common/listeners.ts';
import type { ApiTypes, CallOf, EndpointOf, ServiceOf } from './api-types.ts';
import type { HubParts } from './connection.ts';
import type { HubEvent, PeerMessage, RequestHandler } from './handlers.ts';
import { HubCore, type HubPorts } from './hub-core.ts';
import { HubError, toHubError } from './hub-error.ts';
import type { CloseReason, HubState } from './hub-state.ts';
import type { Manifest } from './manifest.ts';
import { fromPayload, toPayload } from './payload.ts';
import type { Reconnector } from './reconnector.ts';

export type CallOptions = {
  /** Calls on one channel run in order, calls on different channels at once. Default 0. */
  readonly channel?: number;
  /** Cancels the call, at the hub too. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now, including the wait for a connection. Default 40,000. */
  readonly timeout?: number;
  /**
   * Whether the call may be executed twice. If so, it is sent again when the connection is lost before
   * the answer. Default: whether the endpoint is a `GET`.
   */
  readonly idempotent?: boolean;
};

/** The body may be left out where the endpoint does not need one. */
type CallArguments<Body> = undefined extends Body
  ? [body?: Body, options?: CallOptions]
  : [body: Body, options?: CallOptions];

/** Milliseconds. A service has 30 s, so the hub's answer comes before this timeout. */
const TIMEOUT = 40_000;

type Sending = CallOptions & {
  readonly target: () => GuidText | undefined;
  readonly missing: ResponseName;
  readonly flags: number;
  readonly payload: Uint8Array;
};

/**
 * A connection to the hub that reconnects by itself and receives the events that it missed.
 *
 * Calls may be made at any time, because they wait for the connection. A failed call rejects with a
 * {@link HubError}, or with the reason of its signal.
 */
export class Hub<Api extends ApiTypes = ApiTypes> {
  readonly #core: HubCore;
  readonly #parts: HubParts;
  readonly #reconnector: Reconnector;

  /** @internal `Sallyport.connect` makes hubs. */
  constructor(ports: HubPorts) {
    this.#core = new HubCore(ports);
    this.#parts = this.#core.parts;
    this.#reconnector = this.#core.reconnector;
    this.#reconnector.changes.add((state) => {
      if (state.name !== 'closed') return;
      this.#core.stop();
      this.#parts.calls.close(new HubError('closed', { cause: state.reason }));
    });
    this.#core.start();
  }

  /** The state of the connection: `connecting` right after `connect()`. */
  get state(): HubState {
    return this.#reconnector.state;
  }

  /** Calls back with every change of {@link state}. The returned function ends that. */
  onState(listener: (state: HubState) => void): Stop {
    return this.#reconnector.changes.add(listener);
  }

  /**
   * Waits until the connection is open.
   *
   * @throws {HubError} `closed`
   */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (state: HubState): void => {
        if (state.name === 'open') resolve();
        else if (state.name === 'closed') reject(new HubError('closed', { cause: state.reason }));
        else return;
        stop();
      };
      const stop = this.onState(check);
      check(this.state);
    });
  }

  /** Ends the connection, and every call with `closed`. */
  close(): void {
    this.end('requested');
    // The hub keeps the stream for a while, but a hub closed on purpose begins a new one.
    this.#parts.position.forget();
  }

  /**
   * Connects again after {@link close}, or after a close that ended reconnecting. While the hub is
   * reconnecting, it makes the next attempt at once.
   *
   * @throws {HubError} `closed` after `signed_out`, because another session needs another hub.
   */
  reconnect(): void {
    const { state } = this;
    if (state.name !== 'closed') return this.#reconnector.retryNow();
    if (state.reason === 'signed_out') throw new HubError('closed', { cause: state.reason });
    this.#core.start();
  }

  /** @internal */
  end(reason: CloseReason): void {
    this.#reconnector.close(reason);
  }

  /** The calls and limits of this session; `undefined` before the first connection. */
  get manifest(): Manifest | undefined {
    return this.#parts.manifest.current;
  }

  /** Calls back with every new manifest, as when a service starts or a permission ends. */
  onManifest(listener: (manifest: Manifest) => void): Stop {
    return this.#parts.manifest.changes.add(listener);
  }

  /**
   * Calls an endpoint with JSON.
   *
   * @param endpoint `METHOD:/path`, as in the manifest.
   * @param args The body (`undefined` sends none) and {@link CallOptions}.
   * @returns The parsed JSON of the answer; `undefined` if the answer is empty.
   * @throws {HubError} `unreadable` if the answer is bytes: use {@link callBinary}.
   * @see The protocol, "Calling"
   */
  async call<S extends ServiceOf<Api>, E extends EndpointOf<Api, S>>(
    service: S,
    endpoint: E,
    ...[body, options = {}]: CallArguments<CallOf<Api, S, E>['request']>
  ): Promise<CallOf<Api, S, E>['response']> {
    const payload = toPayload(body);
    const response = await this.#call(service, endpoint, { payload, flags: 0 }, options);
    if (hasFlag(response.flags, Flag.binary)) throw new HubError('unreadable', { code: 0 });
    return fromPayload(response.payload);
  }

  /** Calls an endpoint with bytes and returns bytes. */
  async callBinary<S extends ServiceOf<Api>>(
    service: S,
    endpoint: EndpointOf<Api, S>,
    body: Uint8Array = new Uint8Array(),
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    const sent = { payload: body, flags: Flag.binary };
    return (await this.#call(service, endpoint, sent, options)).payload;
  }

  /**
   * Calls an endpoint without an answer, not even an error. It resolves when the call is sent.
   */
  async send<S extends ServiceOf<Api>, E extends EndpointOf<Api, S>>(
    service: S,
    endpoint: E,
    ...[body, options = {}]: CallArguments<CallOf<Api, S, E>['request']>
  ): Promise<void> {
    await this.#submit({
      ...options,
      target: this.#endpoint(service, endpoint),
      missing: 'ServiceNotFound',
      flags: Flag.event,
      payload: toPayload(body),
    });
  }

  /** Returns the description of an endpoint, with JSON Schemas of its request and response. */
  async describe<S extends ServiceOf<Api>>(
    service: S,
    endpoint: EndpointOf<Api, S>,
  ): Promise<unknown> {
    const sent = { payload: new Uint8Array(), flags: Flag.meta };
    const response = await this.#call(service, endpoint, sent, { channel: 3, idempotent: true });
    return fromPayload(response.payload);
  }

  /**
   * Finds a call that a service has prepared for this session.
   *
   * @returns A function that makes the call. It rejects with `ShortcutExpired`, `ShortcutRevoked`, or
   *   `ShortcutTargetNotFound`, also if no manifest had a shortcut of that name.
   * @see The protocol, "Shortcuts"
   */
  shortcut(name: string): (options?: CallOptions) => Promise<unknown> {
    return async (options = {}) => {
      const response = await this.#answered({
        ...options,
        target: () => this.#parts.manifest.findShortcut(name),
        missing: 'ShortcutTargetNotFound',
        flags: 0,
        payload: new Uint8Array(),
      });
      return fromPayload(response.payload);
    };
  }

  /**
   * Calls back with every event of that name, once and in order, including those that were missed
   * during a loss. The event `connect.gap` reports events that are lost.
   *
   * @see The protocol, "Streams"
   */
  on(eventName: string, handler: (event: HubEvent) => void): Stop {
    return this.#parts.events.on(eventName, handler);
  }

  /** Calls back with every event, including the hub's own (`connect.…`). */
  onAny(handler: (event: HubEvent) => void): Stop {
    return this.#parts.events.onAny(handler);
  }

  /**
   * Answers the requests of that name that services send to this client. A `Uint8Array` is sent as
   * it is, any other value as JSON. A handler that throws a {@link HubError} chooses the response
   * code. Any other error is answered with 60, and a request without a handler with 30.
   *
   * @throws {TypeError} If the name has a handler.
   */
  handle(eventName: string, handler: RequestHandler): Stop {
    return this.#parts.requests.handle(eventName, handler);
  }

  /**
   * Sends a message to another client, whose peer GUID a service has sent to this one. It resolves
   * once the message is written to the other's socket.
   *
   * @param payload A `Uint8Array` is sent as it is, any other value as JSON.
   * @throws {HubError} `ClientNotFound` if there is no such client, or it is not connected.
   * @see The protocol, "Peers"
   */
  async sendToPeer(peer: GuidText, payload: unknown, options: CallOptions = {}): Promise<void> {
    const isBinary = payload instanceof Uint8Array;
    await this.#answered({
      ...options,
      target: () => peer,
      missing: 'ClientNotFound',
      flags: Flag.client | (isBinary ? Flag.binary : 0),
      payload: isBinary ? payload : toPayload(payload),
    });
  }

  /**
   * Sends a message to every other client, where the deployment allows that (`BROADCAST_MODE`).
   *
   * @throws {HubError} `BroadcastNotAllowed`
   */
  broadcast(payload: unknown, options: CallOptions = {}): Promise<void> {
    return this.sendToPeer(BROADCAST_GUID, payload, options);
  }

  /** Calls back with every message of another client. */
  onPeerMessage(handler: (message: PeerMessage) => void): Stop {
    return this.#parts.peers.add(handler);
  }

  #endpoint(service: string, endpoint: string): () => GuidText | undefined {
    return () => this.#parts.manifest.find(service, endpoint);
  }

  #call(
    service: string,
    endpoint: string,
    sent: Pick<Sending, 'payload' | 'flags'>,
    options: CallOptions,
  ): Promise<ResponseFrame> {
    return this.#answered({
      idempotent: endpoint.startsWith('GET:'),
      ...options,
      ...sent,
      target: this.#endpoint(service, endpoint),
      missing: 'ServiceNotFound',
    });
  }

  /** @throws {HubError} Unless the response code is 0. */
  async #answered(sending: Sending): Promise<ResponseFrame> {
    const response = await this.#submit(sending);
    if (response === undefined) throw new TypeError('Cannot answer: it was an event');
    if (hasFlag(response.flags, Flag.compressed)) {
      throw new HubError('unreadable', { code: response.code });
    }
    if (response.code !== 0) throw toHubError(response.code, fromPayload(response.payload));
    return response;
  }

  async #submit({ channel = 0, timeout = TIMEOUT, ...sending }: Sending) {
    if (this.state.name === 'closed') throw new HubError('closed');
    const { idempotent = false, signal } = sending;
    return this.#parts.calls.submit({ ...sending, channel, timeout, idempotent, signal });
  }
}
