import type { Tally } from './tally.ts';

export type IdleResult = {
  readonly sockets: number;
  /** The server's resident memory before and after, in MiB. */
  readonly before: number;
  readonly after: number;
  /** Resident memory in KB of 1,000 bytes. */
  readonly kilobytesEach: number;
  /** The part of the object's JavaScript heap. */
  readonly heapKilobytesEach: number;
  /** Sockets that were gone, or did not answer, at the end. */
  readonly lost: number;
};

export type StormResult = {
  readonly sockets: number;
  /** The seconds from the restart until the last client had its manifest. */
  readonly seconds: number;
  readonly resumed: number;
  readonly failures: number;
};

export type SoakResult = Tally & {
  readonly clients: number;
  readonly kills: number;
  readonly events: number;
  readonly resumed: number;
  /** The number of refused connections, gaps, and new streams. */
  readonly failures: number;
};

/** The results of the trials that ran. */
export type TrialResults = {
  readonly idle?: { readonly hub: IdleResult; readonly floor: IdleResult };
  readonly storm?: StormResult;
  readonly soak?: SoakResult;
};
