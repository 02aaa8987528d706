import * as z from 'zod';

import { fromUtf8 } from '../../../shared/bytes.ts';
import { type Answer, emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { Flag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';
import { ACKNOWLEDGE, CANCEL } from '../catalogue/hub-endpoints.ts';
import type { Connection } from '../connections/connection.ts';
import type { HubLimits } from '../frames/read-message.ts';
import type { CatchUp } from '../lifecycle/slow-clients.ts';
import type { CallQueues } from './call-queue.ts';

const HIGHEST_ID = 2n ** 64n - 1n;

/** Decimal, hexadecimal with `0x`, or a JSON number, which holds no more than 53 bits. */
const MessageId = z
  .union([z.string().regex(/^(0x[0-9a-f]{1,16}|\d{1,20})$/i), z.int().nonnegative()])
  .transform(BigInt)
  .refine((id) => id <= HIGHEST_ID);

const Cancellation = z.object({ messageId: MessageId });
const Acknowledgement = z.object({ sequence: z.int().nonnegative() });

export type ControlRequestsDeps = {
  readonly queues: CallQueues;
  readonly catchUp: Pick<CatchUp, 'go'>;
  readonly limits: Pick<HubLimits, 'messagesPerMinute'>;
};

type Signal = (connection: Connection, said: unknown) => Answer;

/**
 * What a client says about its calls and about what it was sent. It is done at once and outside every
 * lane: it may be about a call that holds its lane up.
 */
export class ControlRequests {
  readonly #deps: ControlRequestsDeps;
  readonly #signals: ReadonlyMap<Endpoint, Signal>;

  constructor(deps: ControlRequestsDeps) {
    this.#deps = deps;
    this.#signals = new Map<Endpoint, Signal>([
      [CANCEL, (connection, said) => this.#cancel(connection, said)],
      [ACKNOWLEDGE, (connection, said) => this.#acknowledge(connection, said)],
    ]);
  }

  /** Does what the frame says, and answers it. `undefined` if it is no signal. */
  take(connection: Connection, frame: RequestFrame, endpoints: EndpointMap): Answer | undefined {
    if ((frame.flags & (Flag.meta | Flag.client)) !== 0) return undefined;
    const endpoint = endpoints.get(frame.guid);
    const signal = endpoint && this.#signals.get(endpoint);
    if (signal === undefined) return undefined;
    if (frame.payload.length === 0) return emptyAnswer('RequestError');
    return signal(connection, parseJson(frame.payload));
  }

  /** The call is not answered: its client said that it no longer waits. */
  #cancel(connection: Connection, said: unknown): Answer {
    const cancellation = Cancellation.safeParse(said);
    if (!cancellation.success) return emptyAnswer('Service_BadRequest');
    const queue = this.#deps.queues.of(connection);
    return jsonAnswer({ cancelled: queue.cancel(cancellation.data.messageId) });
  }

  /** Costs no message, up to as many of them as a client may send of others. */
  #acknowledge(connection: Connection, said: unknown): Answer {
    const { catchUp, limits } = this.#deps;
    const acknowledgement = Acknowledgement.safeParse(said);
    if (!acknowledgement.success) return emptyAnswer('Service_BadRequest');
    connection.excuse(limits.messagesPerMinute);
    connection.acknowledge(acknowledgement.data.sequence);
    catchUp.go(connection);
    return jsonAnswer({});
  }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
