import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { deferred } from '../common/timing.ts';
import { HubError, localError } from './hub-error.ts';

/** A request that no connection has sent yet. */
export type Outgoing = {
  /** Is called when the request is sent, because the manifest may change while it waits. */
  readonly target: () => GuidText | undefined;
  /** The response that a missing target means. */
  readonly missing: ResponseName;
  readonly flags: number;
  readonly channel: number;
  readonly payload: Uint8Array;
  /** Whether the request is sent again after a loss, although it may have been executed. */
  readonly idempotent: boolean;
  /** Milliseconds from now until it fails. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
};

type Pending = Outgoing & {
  readonly messageId: bigint;
  /** `undefined` for an event, which has no response. */
  readonly settle: (response: ResponseFrame | undefined) => void;
  readonly fail: (error: unknown) => void;
};

/** The part of an open connection that calls use. */
export type CallTransport = {
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly maxInFlight: () => number;
  /** Asks the hub to cancel a call. */
  readonly cancel: (messageId: bigint) => void;
};

/** The calls that wait to be sent or answered. It outlives connections. */
export class Calls {
  readonly #maxWaiting: number;
  readonly #inFlight = new Map<bigint, Pending>();
  #waiting: Pending[] = [];
  #transport: CallTransport | undefined;
  #lastMessageId = randomId();

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  /** @returns The response, whatever its code; `undefined` for an event, once it is sent. */
  submit(outgoing: Outgoing): Promise<ResponseFrame | undefined> {
    const { promise, resolve, reject } = deferred<ResponseFrame | undefined>();
    const { signal, timeout } = outgoing;
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(new HubError('queue_full'));

    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const pending: Pending = {
      ...outgoing,
      messageId: this.nextId(),
      settle: (response) => (end(), resolve(response)),
      fail: (error) => (end(), reject(error)),
    };
    const abort = (): void => this.#cancel(pending, signal?.reason);
    const timer = setTimeout(() => this.#cancel(pending, new HubError('timeout')), timeout);
    signal?.addEventListener('abort', abort);
    this.#waiting.push(pending);
    this.#flush();
    return promise;
  }

  /** Sends the waiting calls over a connection that has opened. */
  attach(transport: CallTransport): void {
    this.#transport = transport;
    this.#flush();
  }

  /** The connection is lost: idempotent calls wait for the next one, and the others fail. */
  detach(): void {
    this.#transport = undefined;
    const sent = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#waiting = [...sent.filter(({ idempotent }) => idempotent), ...this.#waiting];
    for (const { idempotent, fail } of sent) if (!idempotent) fail(new HubError('connection_lost'));
  }

  /** Fails every call, because no connection follows. */
  close(error: HubError): void {
    this.#transport = undefined;
    const all = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#waiting = [];
    for (const { fail } of all) fail(error);
  }

  /** Never 0, which is the message id of a response to an unreadable frame. */
  nextId(): bigint {
    this.#lastMessageId = BigInt.asUintN(64, this.#lastMessageId + 1n) || 1n;
    return this.#lastMessageId;
  }

  settle(response: ResponseFrame): void {
    const pending = this.#inFlight.get(response.messageId);
    // The call was cancelled, or the response is repeated.
    if (pending === undefined) return;
    this.#inFlight.delete(response.messageId);
    pending.settle(response);
    this.#flush();
  }

  #flush(): void {
    while (this.#transport && this.#inFlight.size < this.#transport.maxInFlight()) {
      const pending = this.#waiting.shift();
      if (pending === undefined) return;
      this.#dispatch(pending, this.#transport);
    }
  }

  #dispatch(pending: Pending, transport: CallTransport): void {
    const guid = pending.target();
    if (guid === undefined) return pending.fail(localError(pending.missing));
    const { flags, channel, messageId, payload } = pending;
    const sequence = Number(messageId & 0xffff_ffffn);
    try {
      const frame = {
        kind: 'request',
        flags,
        channel,
        sequence,
        guid,
        messageId,
        payload,
      } as const;
      transport.send(encodeFrame(frame));
    } catch (error) {
      return pending.fail(error);
    }
    if ((flags & Flag.event) === 0) this.#inFlight.set(messageId, pending);
    else pending.settle(undefined);
  }

  #cancel(pending: Pending, reason: unknown): void {
    this.#waiting = this.#waiting.filter((other) => other !== pending);
    if (this.#inFlight.delete(pending.messageId)) this.#transport?.cancel(pending.messageId);
    pending.fail(reason);
    this.#flush();
  }
}

/** Random, so that clients of one session which follow each other do not use the same ids. */
const randomId = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
