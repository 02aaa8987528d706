import { Flag, hasFlag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID, type GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import type { Stop } from '../common/listeners.ts';
import type { ApiTypes, CallOf, EndpointOf, ServiceOf } from './api-types.ts';
import type { HubEvent, PeerMessage, RequestHandler } from './handlers.ts';
import { HubCore, type HubPorts } from './hub-core.ts';
import { HubError, toHubError } from './hub-error.ts';
import type { CloseReason, HubState } from './hub-state.ts';
import type { Manifest } from './manifest.ts';
import { fromPayload, toPayload } from './payload.ts';

export type CallOptions = {
  /** Calls on one channel run in order, calls on different channels at once. Default 0. */
  readonly channel?: number;
  /** Gives the call up, and asks the hub to. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds from now, waiting for a connection included. Default 40,000. */
  readonly timeout?: number;
  /**
   * The call may be executed twice: it is sent again by itself if the connection is lost before the
   * answer. Default: whether the endpoint is a `GET`.
   */
  readonly idempotent?: boolean;
};

/** A body can be left out where the endpoint needs none. */
type CallArguments<Body> = undefined extends Body
  ? [body?: Body, options?: CallOptions]
  : [body: Body, options?: CallOptions];

/** Longer than a service has (30 s), so that the hub's own answer comes first. */
const TIMEOUT = 40_000;

type Sending = CallOptions & {
  readonly target: () => GuidText | undefined;
  readonly missing: ResponseName;
  readonly flags: number;
  readonly payload: Uint8Array;
};

/**
 * A connection to the hub that comes back by itself, with what was missed meanwhile.
 *
 * Calls may be made at any time: they wait for the connection. Every one of them rejects with a
 * {@link HubError}, or with the reason of its signal.
 */
export class Hub<Api extends ApiTypes = ApiTypes> {
  readonly #core: HubCore;

  /** @internal Made by `Sallyport.connect`. */
  constructor(ports: HubPorts) {
    this.#core = new HubCore(ports);
    this.#core.line.changes.add((state) => {
      if (state.name !== 'closed') return;
      this.#core.rest();
      this.#core.parts.calls.close(new HubError('closed', { cause: state.reason }));
    });
    this.#core.start();
  }

  /** How it fares. Reading it right after `connect()` gives `connecting`. */
  get state(): HubState {
    return this.#core.line.state;
  }

  /** Tells every change of {@link state}. Returns what ends that. */
  onState(listener: (state: HubState) => void): Stop {
    return this.#core.line.changes.add(listener);
  }

  /**
   * Waits until it is open.
   *
   * @throws {HubError} `closed`
   */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (state: HubState): void => {
        if (state.name === 'open') resolve();
        else if (state.name === 'closed') reject(new HubError('closed', { cause: state.reason }));
        else return;
        stop();
      };
      const stop = this.onState(look);
      look(this.state);
    });
  }

  /** Ends the connection, and every call with `closed`. */
  close(): void {
    this.end('requested');
    // Who closes on purpose begins anew, though the hub would wait for a while.
    this.#core.parts.position.forget();
  }

  /**
   * Comes back after {@link close}, or after a close that it does not come back from by itself. While
   * it is reconnecting, it tries at once.
   *
   * @throws {HubError} `closed` after `signed_out`: another session needs another hub.
   */
  reconnect(): void {
    const { state } = this;
    if (state.name !== 'closed') return this.#core.line.hurry();
    if (state.reason === 'signed_out') throw new HubError('closed', { cause: state.reason });
    this.#core.start();
  }

  /** @internal */
  end(reason: CloseReason): void {
    this.#core.line.close(reason);
  }

  /** What this session may call. `undefined` before the first connection. */
  get manifest(): Manifest | undefined {
    return this.#core.parts.manifest.current;
  }

  /** Tells every new manifest: a service came, a permission went. */
  onManifest(listener: (manifest: Manifest) => void): Stop {
    return this.#core.parts.manifest.changes.add(listener);
  }

  /**
   * Calls an endpoint with JSON.
   *
   * @param endpoint `METHOD:/path`, as the manifest has it.
   * @param args The body, which `undefined` leaves empty, and {@link CallOptions}.
   * @returns The JSON of the answer; `undefined` for an empty one.
   * @throws {HubError} `unreadable` if the answer is bytes: see {@link callBinary}.
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

  /** Calls an endpoint with bytes, and returns bytes. */
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
   * Has an endpoint execute something, and hears nothing of it, not even an error. Resolves when it
   * is sent.
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

  /** What the hub tells of an endpoint: its description, and JSON Schemas of request and response. */
  async describe<S extends ServiceOf<Api>>(
    service: S,
    endpoint: EndpointOf<Api, S>,
  ): Promise<unknown> {
    const sent = { payload: new Uint8Array(), flags: Flag.meta };
    const response = await this.#call(service, endpoint, sent, { channel: 3, idempotent: true });
    return fromPayload(response.payload);
  }

  /**
   * A call that a service has prepared for this session, by its name.
   *
   * @returns What makes the call. It rejects with `ShortcutExpired`, `ShortcutRevoked`, or
   *   `ShortcutTargetNotFound`, also where no manifest has named such a shortcut.
   * @see The protocol, "Shortcuts"
   */
  shortcut(name: string): (options?: CallOptions) => Promise<unknown> {
    return async (options = {}) => {
      const response = await this.#answered({
        ...options,
        target: () => this.#core.parts.manifest.findShortcut(name),
        missing: 'ShortcutTargetNotFound',
        flags: 0,
        payload: new Uint8Array(),
      });
      return fromPayload(response.payload);
    };
  }

  /**
   * Tells every event of that name, once each and in order, those that were missed during a loss
   * included. `connect.gap` tells that some are lost.
   *
   * @see The protocol, "Streams"
   */
  on(eventName: string, handler: (event: HubEvent) => void): Stop {
    return this.#core.parts.events.on(eventName, handler);
  }

  /** Tells every event, the hub's own (`connect.…`) included. */
  onAny(handler: (event: HubEvent) => void): Stop {
    return this.#core.parts.events.onAny(handler);
  }

  /**
   * Answers the requests of that name that services send to this client. The answer is JSON, or
   * bytes if it is a `Uint8Array`. A handler that throws a {@link HubError} chooses the response
   * code; whatever else it throws is answered with 60, and a request without a handler with 30.
   *
   * @throws {TypeError} If the name has a handler.
   */
  handle(eventName: string, handler: RequestHandler): Stop {
    return this.#core.parts.requests.handle(eventName, handler);
  }

  /**
   * Sends a message to another client, by the peer GUID that a service introduced it with. Resolves
   * once it is written to the other's socket.
   *
   * @param payload Bytes go as they are, anything else as JSON.
   * @throws {HubError} `ClientNotFound`: there is no such client, or it is not connected.
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

  /** Tells every message of another client. */
  onPeerMessage(handler: (message: PeerMessage) => void): Stop {
    return this.#core.parts.peers.add(handler);
  }

  #endpoint(service: string, endpoint: string): () => GuidText | undefined {
    return () => this.#core.parts.manifest.find(service, endpoint);
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
    return this.#core.parts.calls.submit({ ...sending, channel, timeout, idempotent, signal });
  }
}
