import { Redis } from '@upstash/redis/cloudflare';

import { checkEntry, checkKey } from '../../../shared/ttl-store/ttl-entry.ts';
import { type TtlStore, TtlStoreUnavailable } from '../../../shared/ttl-store/ttl-store.ts';

export type UpstashOptions = {
  readonly url: string;
  readonly token: string;
  /** Milliseconds for one operation, its retries included. */
  readonly timeout?: number;
};

const PREFIX = 'sallyport:';
const TIMEOUT = 3_000;

/**
 * {@link TtlStore} over Upstash Redis. Make one for each request: it has no state that is worth
 * sharing.
 */
export function upstashTtlStore(options: UpstashOptions): TtlStore {
  const redis = client(options, 2);
  // Not retried: where an answer was lost, the retry would find what the first try has written, and
  // call a fresh token replayed or an unused code used. The caller learns that it is unknown.
  const once = client(options, 0);
  return {
    async get(key) {
      checkKey(key);
      return text(await orStoreUnavailable(() => redis.get(PREFIX + key)));
    },
    async put(key, value, ex) {
      checkEntry(key, value, ex);
      if (!isWritten(await orStoreUnavailable(() => redis.set(PREFIX + key, value, { ex }))))
        throw unreadable();
    },
    async putIfAbsent(key, value, ex) {
      checkEntry(key, value, ex);
      return isWritten(
        await orStoreUnavailable(() => once.set(PREFIX + key, value, { ex, nx: true })),
      );
    },
    async take(key) {
      checkKey(key);
      return text(await orStoreUnavailable(() => once.getdel(PREFIX + key)));
    },
    async delete(key) {
      checkKey(key);
      await orStoreUnavailable(() => redis.del(PREFIX + key));
    },
    async health() {
      try {
        return (await once.ping()) === 'PONG' ? 'UP' : 'DOWN';
      } catch {
        return 'DOWN'; // That it does not answer is the answer.
      }
    },
  };
}

function client({ url, token, timeout = TIMEOUT }: UpstashOptions, retries: number): Redis {
  return new Redis({
    url,
    token,
    retry: { retries, backoff: (retry) => 50 * 2 ** retry },
    // A function: a plain signal makes the client return its reason as if it were the value.
    signal: () => AbortSignal.timeout(timeout),
    // Values are text and come back as they were: not parsed as JSON, not recoded.
    automaticDeserialization: false,
    responseEncoding: false,
    enableAutoPipelining: false,
    enableTelemetry: false,
  });
}

const unreadable = () => new TtlStoreUnavailable('Cannot read the answer of the TTL store');

function text(answer: unknown): string | undefined {
  if (answer === null) return undefined;
  if (typeof answer !== 'string') throw unreadable();
  return answer;
}

/** `SET` answers `OK`; with `NX`, nothing if the key exists. */
function isWritten(answer: unknown): boolean {
  if (answer !== null && answer !== 'OK') throw unreadable();
  return answer === 'OK';
}

/** The client's errors quote the command with its value, so only their name is passed on. */
async function orStoreUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown failure';
    throw new TtlStoreUnavailable(`Cannot reach the TTL store: ${name}`);
  }
}
