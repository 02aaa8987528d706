import type { Child } from '../child.ts';
import type { RequestSource, SocketSource } from '../load/plan.ts';
import type { Pinning } from '../machine.ts';
import type { RowKey } from '../row-key.ts';

/** What a contestant may use. */
export type Ground = {
  readonly pinning: Pinning;
  /** A directory of its own, on disk, empty. */
  readonly directory: string;
  readonly users: number;
  /** Distinct access tokens in rotation. */
  readonly tokens: number;
  /** Whether workerd is started with its inspector. */
  readonly inspected?: boolean;
};

/** Requests that are good once, so they are made anew for each measurement. */
export type FreshRequests = {
  readonly kind: 'fresh';
  /** The server runs meanwhile; nothing of this is measured. */
  make(count: number): Promise<readonly string[]>;
};

/** One line of the result: a request, requests in turn, or messages, to one server. */
export type Row = {
  readonly key: RowKey;
  readonly label: string;
  readonly source: RequestSource | FreshRequests | SocketSource;
  /** What the first answer, head and body, must contain: a wrong answer can be fast and 200. */
  readonly proof?: string;
};

/** A server that answers already. */
export type Server = {
  readonly child: Child;
  readonly port: number;
  /** The port of workerd's inspector, if the ground asks for it. */
  readonly inspector?: number | undefined;
  readonly rows: readonly Row[];
  /** Stops it, and what stands behind it. */
  stop(): Promise<void>;
};

export type Contestant = (ground: Ground) => Promise<Server>;

/** By the names that `--only` takes. */
export type Contestants = Readonly<Record<string, Contestant>>;
