import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { deferred } from '../common/timing.ts';
import { HubError, localError } from './hub-error.ts';

/** A request, before it is known which connection carries it. */
export type Outgoing = {
  /** Looked up when it is sent: the manifest may have changed while it waited. */
  readonly target: () => GuidText | undefined;
  /** What it means that there is no target. */
  readonly missing: ResponseName;
  readonly flags: number;
  readonly channel: number;
  readonly payload: Uint8Array;
  /** Sent again after a loss, though it may have been executed. */
  readonly idempotent: boolean;
  /** Milliseconds from now until it fails. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
};

type Pending = Outgoing & {
  readonly messageId: bigint;
  /** `undefined`: it was an event, and was sent. */
  readonly settle: (response: ResponseFrame | undefined) => void;
  readonly fail: (error: unknown) => void;
};

/** The open connection, as far as calls go. */
export type CallTransport = {
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly maxInFlight: () => number;
  /** Asks the hub to give up a call. */
  readonly cancel: (messageId: bigint) => void;
};

/** Calls that wait, and calls that were sent and not answered. Outlives connections. */
export class Calls {
  readonly #maxWaiting: number;
  readonly #inFlight = new Map<bigint, Pending>();
  #waiting: Pending[] = [];
  #carrier: CallTransport | undefined;
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
    const abort = (): void => this.#giveUp(pending, signal?.reason);
    const timer = setTimeout(() => this.#giveUp(pending, new HubError('timeout')), timeout);
    signal?.addEventListener('abort', abort);
    this.#waiting.push(pending);
    this.#flush();
    return promise;
  }

  /** A connection is open: sends what waits. */
  carry(carrier: CallTransport): void {
    this.#carrier = carrier;
    this.#flush();
  }

  /** The connection is lost. What may run twice waits for the next one; the rest fails. */
  drop(): void {
    this.#carrier = undefined;
    const sent = [...this.#inFlight.values()];
    this.#inFlight.clear();
    this.#waiting = [...sent.filter(({ idempotent }) => idempotent), ...this.#waiting];
    for (const { idempotent, fail } of sent) if (!idempotent) fail(new HubError('connection_lost'));
  }

  /** There will be no further connection. */
  close(error: HubError): void {
    this.#carrier = undefined;
    const all = [...this.#inFlight.values(), ...this.#waiting];
    this.#inFlight.clear();
    this.#waiting = [];
    for (const { fail } of all) fail(error);
  }

  /** Never 0: that is what a response to something unreadable has. */
  nextId(): bigint {
    this.#lastMessageId = BigInt.asUintN(64, this.#lastMessageId + 1n) || 1n;
    return this.#lastMessageId;
  }

  answered(response: ResponseFrame): void {
    const pending = this.#inFlight.get(response.messageId);
    // It was given up, or is a repetition.
    if (pending === undefined) return;
    this.#inFlight.delete(response.messageId);
    pending.settle(response);
    this.#flush();
  }

  #flush(): void {
    while (this.#carrier && this.#inFlight.size < this.#carrier.maxInFlight()) {
      const pending = this.#waiting.shift();
      if (pending === undefined) return;
      this.#dispatch(pending, this.#carrier);
    }
  }

  #dispatch(pending: Pending, carrier: CallTransport): void {
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
      carrier.send(encodeFrame(frame));
    } catch (error) {
      return pending.fail(error);
    }
    if ((flags & Flag.event) === 0) this.#inFlight.set(messageId, pending);
    else pending.settle(undefined);
  }

  #giveUp(pending: Pending, reason: unknown): void {
    this.#waiting = this.#waiting.filter((other) => other !== pending);
    if (this.#inFlight.delete(pending.messageId)) this.#carrier?.cancel(pending.messageId);
    pending.fail(reason);
    this.#flush();
  }
}

/** Random, so that connections which follow each other do not use the same ids. */
const randomId = (): bigint => crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;
