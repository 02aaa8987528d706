/**
 * The plans and results of the load generator. They are plain data, because the generator is a process
 * of its own, on its own core.
 *
 * @module
 */

/** The source of requests. */
export type RequestSource =
  /** Complete HTTP/1.1 requests, sent in turn. */
  | { readonly kind: 'rotate'; readonly requests: readonly string[] }
  /** Complete requests, each sent once. The run ends when they are used up, or its time is. */
  | { readonly kind: 'once'; readonly requests: readonly string[] }
  /**
   * Requests that need the answer before them: a token is posted as `member`, and that member of the
   * answer is the next token. Every connection has its own tokens.
   */
  | {
      readonly kind: 'chain';
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly member: string;
      /** Further fields of a form; `undefined` sends JSON with the token only. */
      readonly form?: Readonly<Record<string, string>>;
      readonly tokens: readonly string[];
    };

/** WebSockets, which are opened at the first measurement of a server and used for the others. */
export type SocketSource = {
  /**
   * With `echo`, every socket has one message under way. With `broadcast`, one message to all sockets is
   * under way, and the next follows when the last socket has it.
   */
  readonly kind: 'echo' | 'broadcast';
  readonly dialect: 'plain' | 'hub' | 'socket.io';
  readonly path: string;
  /** The headers of each socket's upgrade request. */
  readonly sockets: readonly Readonly<Record<string, string>>[];
};

export type Pace =
  /** Every connection has one request under way. */
  | { readonly kind: 'closed' }
  /** Poisson arrivals at a fixed mean rate, whether or not the server keeps up. */
  | { readonly kind: 'open'; readonly perSecond: number; readonly seed: number };

export type LoadPlan = {
  readonly port: number;
  /** The number of connections for requests. Sockets are part of their source. */
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  readonly pace: Pace;
  readonly source: RequestSource | SocketSource;
};

export type LoadResult = {
  /** Answers within the measured time, which ends early if requests are used up, per second. */
  readonly perSecond: number;
  /** The number of answers, including the warm-up. */
  readonly answered: number;
  /** The answers outside 200–299 by status, including the warm-up. */
  readonly refused: Readonly<Record<string, number>>;
  /** The number of lost connections, and of requests without an answer. */
  readonly lost: number;
  /** Microseconds. At an open pace they count from the time when the request was due. */
  readonly p50: number;
  readonly p99: number;
  /** The generator's processor time as a part of one core. It is 1 at an open pace, which spins. */
  readonly generatorBusy: number;
  /** At an open pace, the 99th percentile of the delay of sending in microseconds. */
  readonly lateP99: number;
  /** A chain's current tokens, for the next run. */
  readonly tokens: readonly string[];
};
