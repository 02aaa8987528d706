import { type Answer, presentAnswer, responseBytes } from '../../../shared/hub-protocol/answer.ts';
import { type Correlation, expectsResponse } from '../../../shared/hub-protocol/frame.ts';
import type { Connection } from './connection.ts';

/** The members of a request that its response repeats. */
export type ReplyHeader = Correlation & { readonly flags: number };

/** Responds to a frame if its flags expect it. */
export function reply(connection: Connection, header: ReplyHeader, answer: Answer): void {
  if (expectsResponse(header.flags)) respond(connection, header, answer);
}

/** Responds to a frame whatever its flags are. */
export function respond(connection: Connection, header: ReplyHeader, answer: Answer): void {
  connection.send(responseBytes(header, presentAnswer(answer, connection.state.problem)));
}
