import type { SocketSource } from '../load/plan.ts';
import type { Message } from './frame.ts';

export type DialectName = SocketSource['dialect'];

export type Send = (message: Message) => void;

/** The messages of one kind of server over one socket. */
export interface Dialect {
  /** Answers the server's first messages. Returns whether the greeting has ended. */
  greet(message: Message, send: Send): boolean;
  /** Whether the server sends the first message. */
  readonly isGreeted: boolean;
  /** Makes a message that the server echoes. */
  question(id: number): Message;
  /**
   * Returns 200 for the echo of this question, another number for another answer, and `undefined` for a
   * message that is not an answer.
   */
  answer(message: Message, id: number): number | undefined;
  /** Whether the message is the broadcast of that mark. */
  brings(message: Message, mark: string): boolean;
}

/** The number of bytes in an echo, without the header of a request. */
export const ECHOED_BYTES = 64;

export const RIGHT = 200;
/** The status of an echo with other bytes. */
export const WRONG = 0;
