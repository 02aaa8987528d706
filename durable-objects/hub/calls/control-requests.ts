/**
 * Requests about the connection itself: `POST:/connect/cancel` [H30] and `POST:/connect/ack` [H57].
 *
 * @module
 */

import * as z from 'zod';

import { type Answer, emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { Flag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { parseJson } from '../../../shared/hub-protocol/json-payload.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';
import { ACKNOWLEDGE, CANCEL } from '../catalogue/read-endpoints.ts';
import type { Connection } from '../connections/connection.ts';
import type { HubLimits } from '../frames/read-message.ts';
import type { SlowClients } from '../lifecycle/slow-clients.ts';
import type { CallQueues } from './call-queue.ts';

const HIGHEST_ID = 2n ** 64n - 1n;

/** Decimal, hexadecimal with `0x`, or a JSON number, which holds no more than 53 bits. */
const MessageId = z
  .union([z.string().regex(/^(0x[0-9a-f]{1,16}|\d{1,20})$/i), z.int().nonnegative()])
  .transform(BigInt)
  .refine((id) => id <= HIGHEST_ID);

const Cancellation = z.object({ messageId: MessageId });
const Acknowledgement = z.object({ sequence: z.int().nonnegative() });

export type ControlRequestsNeeds = {
  readonly queues: Pick<CallQueues, 'of'>;
  readonly slowClients: Pick<SlowClients, 'catchUp'>;
  readonly limits: Pick<HubLimits, 'messagesPerMinute'>;
};

type Handler = (connection: Connection, body: unknown) => Answer;

/** Answers control requests at once and outside every lane: a request may concern a call that holds its lane up. */
export class ControlRequests {
  readonly #needs: ControlRequestsNeeds;
  readonly #handlers: ReadonlyMap<Endpoint, Handler>;

  constructor(needs: ControlRequestsNeeds) {
    this.#needs = needs;
    this.#handlers = new Map<Endpoint, Handler>([
      [CANCEL, (connection, body) => this.#cancel(connection, body)],
      [ACKNOWLEDGE, (connection, body) => this.#acknowledge(connection, body)],
    ]);
  }

  /** The answer to a control request. `undefined` for every other frame. */
  take(connection: Connection, frame: RequestFrame, endpoints: EndpointMap): Answer | undefined {
    if ((frame.flags & (Flag.meta | Flag.client)) !== 0) return undefined;
    const endpoint = endpoints.get(frame.guid);
    const handle = endpoint && this.#handlers.get(endpoint);
    if (handle === undefined) return undefined;
    if (frame.payload.length === 0) return emptyAnswer('RequestError');
    return handle(connection, parseJson(frame.payload));
  }

  /** The cancelled call is not answered. */
  #cancel(connection: Connection, body: unknown): Answer {
    const cancellation = Cancellation.safeParse(body);
    if (!cancellation.success) return emptyAnswer('Service_BadRequest');
    const queue = this.#needs.queues.of(connection);
    return jsonAnswer({ cancelled: queue.cancel(cancellation.data.messageId) });
  }

  /** Not counted as a message, up to as many acknowledgements a minute as other messages. */
  #acknowledge(connection: Connection, body: unknown): Answer {
    const { slowClients, limits } = this.#needs;
    const acknowledgement = Acknowledgement.safeParse(body);
    if (!acknowledgement.success) return emptyAnswer('Service_BadRequest');
    connection.excuse(limits.messagesPerMinute);
    connection.acknowledge(acknowledgement.data.sequence);
    slowClients.catchUp(connection);
    return jsonAnswer({});
  }
}
