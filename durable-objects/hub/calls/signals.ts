import * as z from 'zod';

import { fromUtf8 } from '../../../shared/bytes.ts';
import { type Answer, emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { Flag } from '../../../shared/hub-protocol/flags.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { CANCEL, type EndpointMap } from '../catalogue/endpoint.ts';
import type { Connection } from '../connections/connection.ts';
import type { CallQueues } from './call-queues.ts';

const HIGHEST_ID = 2n ** 64n - 1n;

/** Decimal, hexadecimal with `0x`, or a JSON number, which holds no more than 53 bits. */
const MessageId = z
  .union([z.string().regex(/^(0x[0-9a-f]{1,16}|\d{1,20})$/i), z.int().nonnegative()])
  .transform(BigInt)
  .refine((id) => id <= HIGHEST_ID);

const Cancel = z.object({ messageId: MessageId });

/**
 * What a client says about its calls and what it was sent. It is done at once and outside every
 * lane: it may be about a call that holds its lane up.
 */
export class Signals {
  readonly #queues: CallQueues;

  constructor(queues: CallQueues) {
    this.#queues = queues;
  }

  /** Does what the frame says, and answers it. `undefined` if it is no signal. */
  take(connection: Connection, frame: RequestFrame, endpoints: EndpointMap): Answer | undefined {
    if ((frame.flags & (Flag.meta | Flag.client)) !== 0) return undefined;
    if (endpoints.get(frame.guid) !== CANCEL) return undefined;
    return frame.payload.length === 0
      ? emptyAnswer('RequestError')
      : this.#cancel(connection, frame);
  }

  /** The call is not answered: its client said that it no longer waits. */
  #cancel(connection: Connection, { payload }: RequestFrame): Answer {
    const body = Cancel.safeParse(parseJson(payload));
    if (!body.success) return emptyAnswer('Service_BadRequest');
    const cancelled = this.#queues.of(connection).cancel(body.data.messageId);
    return jsonAnswer({ cancelled });
  }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
