import { type Answer, presentAnswer, responseBytes } from '../../../shared/hub-protocol/answer.ts';
import { type Correlation, expectsResponse } from '../../../shared/hub-protocol/frame.ts';
import type { Connection } from './connection.ts';

/** What of a frame its answer repeats. */
export type ReplyHeader = Correlation & { readonly flags: number };

/** Answers a frame, whatever its flags say of waiting. */
export function answer(connection: Connection, asked: ReplyHeader, given: Answer): void {
  connection.send(responseBytes(asked, presentAnswer(given, connection.state.problem)));
}

/** Answers a frame if somebody waits for it. */
export function reply(connection: Connection, asked: ReplyHeader, given: Answer): void {
  if (expectsResponse(asked.flags)) answer(connection, asked, given);
}
