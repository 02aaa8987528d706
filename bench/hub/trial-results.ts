import type { Tally } from './tally.ts';

export type IdleResult = {
  readonly sockets: number;
  /** Resident memory of the server before and after, MiB. */
  readonly before: number;
  readonly after: number;
  /** Resident, KB of 1,000 bytes. */
  readonly kilobytesEach: number;
  /** Of that, what the object's JavaScript holds. */
  readonly heapKilobytesEach: number;
  /** Sockets that were gone, or did not answer, at the end. */
  readonly lost: number;
};

export type StormResult = {
  readonly sockets: number;
  /** From the moment when the server listened again until the last client had its manifest. */
  readonly seconds: number;
  readonly resumed: number;
  readonly failures: number;
};

export type SoakResult = Tally & {
  readonly clients: number;
  readonly kills: number;
  readonly events: number;
  readonly resumed: number;
  /** Openings that were refused, gaps, and streams that began anew. */
  readonly failures: number;
};

/** What was tried; the rest is missing. */
export type TrialResults = {
  readonly idle?: { readonly hub: IdleResult; readonly floor: IdleResult };
  readonly storm?: StormResult;
  readonly soak?: SoakResult;
};
