import type { SoakPlan } from './hub/soak.ts';
import type { RowKey } from './row-key.ts';

/** How long and how often to measure. */
export type Extent = {
  readonly name: 'full' | 'quick';
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** There are many short rounds, so that some are undisturbed. */
  readonly latency: { readonly rounds: number; readonly seconds: number };
  readonly users: number;
  readonly tokens: number;
  /**
   * The number of authorization codes for each measurement of their exchange. Each code makes a grant, and
   * all rounds together must make fewer grants than a user may have (U6 of the user's object).
   */
  readonly codes: number;
  readonly coldStarts: number;
  /** The rounds of messages over sockets. */
  readonly sockets: {
    readonly rounds: number;
    readonly seconds: number;
    readonly warmUpSeconds: number;
  };
  readonly hub: {
    /** Sockets. */
    readonly idle: number;
    readonly storm: number;
    readonly soak: SoakPlan;
  };
};

export const FULL: Extent = {
  name: 'full',
  rounds: 5,
  seconds: 3,
  warmUpSeconds: 1,
  latency: { rounds: 13, seconds: 0.7 },
  users: 320,
  tokens: 1_000,
  codes: 4_000,
  coldStarts: 21,
  sockets: { rounds: 5, seconds: 2.5, warmUpSeconds: 0.5 },
  hub: {
    idle: 10_000,
    storm: 2_000,
    // The second kill is during the reconnects after the first.
    soak: { clients: 500, killsAfterEvents: [100, 3, 100, 100, 100] },
  },
};

export const QUICK: Extent = {
  name: 'quick',
  rounds: 2,
  seconds: 1,
  warmUpSeconds: 0.5,
  latency: { rounds: 4, seconds: 0.4 },
  users: 64,
  tokens: 1_000,
  codes: 1_500,
  coldStarts: 5,
  sockets: { rounds: 2, seconds: 1, warmUpSeconds: 0.3 },
  hub: {
    idle: 2_000,
    storm: 500,
    soak: { clients: 100, killsAfterEvents: [40, 2, 40] },
  },
};

/** Each connection has one request under way. */
export const CLOSED_CONNECTIONS = 32;
/** There are so many that a due request finds an idle connection. */
export const OPEN_CONNECTIONS = 64;
/** The part of the no-op's capacity at which latencies are compared. */
export const EQUAL_LOAD = 0.5;

export const EQUAL_LOAD_ROWS: readonly RowKey[] = [
  'noop-get',
  'noop-post',
  'reader-body',
  'validate-get-many',
  'validate-post-many',
  'validate-body-many',
];
