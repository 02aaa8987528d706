import type { Child } from '../child.ts';
import type { RequestSource, SocketSource } from '../load/plan.ts';
import type { Pinning } from '../machine.ts';
import type { RowKey } from '../row-key.ts';

/** The resources of a contestant. */
export type Ground = {
  readonly pinning: Pinning;
  /** A new, empty folder on disk. */
  readonly directory: string;
  readonly users: number;
  /** The number of distinct access tokens. */
  readonly tokens: number;
  /** Whether workerd is started with its inspector. */
  readonly inspected?: boolean;
};

/** One-use requests, which are made anew for each measurement. */
export type FreshRequests = {
  readonly kind: 'fresh';
  /** Makes the requests while the server runs. It is not measured. */
  make(count: number): Promise<readonly string[]>;
};

/** A row of the result: a request, requests in turn, or messages, to one server. */
export type Row = {
  readonly key: RowKey;
  readonly label: string;
  readonly source: RequestSource | FreshRequests | SocketSource;
  /** A text in the right answer, because a wrong answer may be fast and have status 200. */
  readonly proof?: string;
};

/** A running server. */
export type Server = {
  readonly child: Child;
  readonly port: number;
  /** The port of workerd's inspector, if the ground asks for it. */
  readonly inspector?: number | undefined;
  readonly rows: readonly Row[];
  /** Ends it and its other processes. */
  stop(): Promise<void>;
};

export type Contestant = (ground: Ground) => Promise<Server>;

/** The contestants by the names for `--only`. */
export type Contestants = Readonly<Record<string, Contestant>>;
