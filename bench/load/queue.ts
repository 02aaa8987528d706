import type { Answer } from './response.ts';

/** Gives each connection its next request and takes its answers. */
export interface RequestQueue {
  /** Returns `undefined` once the requests are used up. */
  next(connection: number): string | undefined;
  answered(connection: number, answer: Answer): void;
  tokens(): readonly string[];
}
