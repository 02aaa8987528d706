import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import { expectsResponse } from '../../shared/hub-protocol/frame.ts';
import { payloadOf } from './frame.ts';

export type CallRequest = {
  readonly guid: string;
  readonly flags: number;
  /** For a meta request, the kind of description. */
  readonly channel: number;
  readonly payload: Uint8Array;
};

export type Answer = { readonly code: number; readonly payload: Uint8Array };

/** Why a call has no answer. */
export type NoAnswer = 'not_expected' | 'cancelled' | 'closed';

export type Call = { readonly messageId: bigint; readonly answer: Promise<Answer | NoAnswer> };

/** Sends calls and matches their answers. Message ids continue over connections. */
export class Calls {
  readonly #waiting = new Map<bigint, (answer: Answer | NoAnswer) => void>();
  #sent = 0;

  call(request: CallRequest, send: (frame: Uint8Array<ArrayBuffer>) => void): Call {
    this.#sent += 1;
    const messageId = BigInt(this.#sent);
    const { promise, resolve } = Promise.withResolvers<Answer | NoAnswer>();
    if (expectsResponse(request.flags)) this.#waiting.set(messageId, resolve);
    else resolve('not_expected');
    send(encodeFrame({ kind: 'request', sequence: this.#sent, messageId, ...request }));
    return { messageId, answer: promise };
  }

  /** @param frame A response. */
  receive(frame: Uint8Array): void {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    this.#settle(view.getBigUint64(7), { code: view.getUint8(15), payload: payloadOf(frame) });
  }

  cancel(messageId: bigint): void {
    this.#settle(messageId, 'cancelled');
  }

  /** Settles every call, because the connection has closed. */
  end(): void {
    for (const messageId of this.#waiting.keys()) this.#settle(messageId, 'closed');
  }

  #settle(messageId: bigint, answer: Answer | NoAnswer): void {
    this.#waiting.get(messageId)?.(answer);
    this.#waiting.delete(messageId);
  }
}
