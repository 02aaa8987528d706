import type { SocketSource } from '../load/plan.ts';
import type { Message } from './frame.ts';

export type DialectName = SocketSource['dialect'];

export type Send = (message: Message) => void;

/** How one socket is spoken to. What differs between servers is here; how fast is asked elsewhere. */
export interface Dialect {
  /** Takes what the server says first, and answers it. Returns whether the greeting is over. */
  greet(message: Message, send: Send): boolean;
  /** Whether the server says something first. */
  readonly isGreeted: boolean;
  /** Something to be echoed. */
  question(id: number): Message;
  /**
   * The status of an answer: 200 if it is the echo of this question, another number if not.
   * `undefined` for what is no answer.
   */
  answer(message: Message, id: number): number | undefined;
  /** Whether it is the broadcast of that mark. */
  brings(message: Message, mark: string): boolean;
}

/** Bytes that an echo carries, besides the header of a request. */
export const ECHOED_BYTES = 64;

export const RIGHT = 200;
/** Not the bytes that were sent. */
export const WRONG = 0;
