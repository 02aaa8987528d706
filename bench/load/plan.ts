/**
 * What the load generator is told and what it answers. It is a process of its own, on its own core,
 * so both are plain data.
 *
 * @module
 */

/** Where requests come from. */
export type RequestSource =
  /** Complete HTTP/1.1 requests, sent in turn. */
  | { readonly kind: 'rotate'; readonly requests: readonly string[] }
  /** Complete requests, each sent once. The run ends when they are used up, or its time is. */
  | { readonly kind: 'once'; readonly requests: readonly string[] }
  /**
   * Requests that each need the answer before them: a token is posted as `member`, and the same
   * member of the answer is the next token. Every connection owns its share of tokens.
   */
  | {
      readonly kind: 'chain';
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly member: string;
      /** What is posted beside the token, and makes the body a form; `undefined`: JSON, the token alone. */
      readonly form?: Readonly<Record<string, string>>;
      readonly tokens: readonly string[];
    };

/** WebSockets, opened at the first measurement of a server and kept for the others. */
export type SocketSource = {
  /**
   * `echo`: every socket has one message under way. `broadcast`: one message to all of them is under
   * way, and the next follows when the last socket has it.
   */
  readonly kind: 'echo' | 'broadcast';
  readonly dialect: 'plain' | 'hub' | 'socket.io';
  readonly path: string;
  /** Of each socket, the headers that its upgrade carries. */
  readonly sockets: readonly Readonly<Record<string, string>>[];
};

export type Pace =
  /** As fast as answers come: every connection has one request under way. */
  | { readonly kind: 'closed' }
  /** Poisson arrivals at a fixed mean rate, whether or not the server keeps up. */
  | { readonly kind: 'open'; readonly perSecond: number; readonly seed: number };

export type LoadPlan = {
  readonly port: number;
  /** Of requests; sockets come with their source. */
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly pace: Pace;
  readonly source: RequestSource | SocketSource;
};

export type LoadResult = {
  /** Answers within the measured time, which ends early if requests are used up, per second. */
  readonly perSecond: number;
  /** Answers, the warm-up included. */
  readonly answered: number;
  /** Answers outside 200–299, the warm-up included, by status; of a socket, what stands for one. */
  readonly refused: Readonly<Record<string, number>>;
  /** Connections lost, and requests without an answer at the end. */
  readonly lost: number;
  /** Microseconds. At an open pace they count from when the request was due, not from when it left. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time that the generator used, as a part of one core. An open pace spins: always 1. */
  readonly generatorBusy: number;
  /** Open pace: how long after it was due the 99th percentile request left, microseconds. */
  readonly lateP99: number;
  /** A chain's tokens as they stand now, for the next run. */
  readonly tokens: readonly string[];
};
