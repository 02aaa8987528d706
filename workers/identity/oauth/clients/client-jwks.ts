import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, minutes, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { rsaSignatureLength } from '../../../../shared/tokens/rsa-key.ts';
import {
  isJsonObject,
  type JsonObject,
  parseStrictObject,
} from '../../../../shared/tokens/strict-json.ts';

/** How long after a fetch no other is started: an unknown `kid` must not make us flood a host. */
const COOL_DOWN = seconds(30);
const KEY_SETS = {
  entries: 1_000,
  freshFor: minutes(10),
  /** For how long keys serve while their host does not answer. */
  staleFor: minutes(10),
  coolDown: COOL_DOWN,
  /** In characters of JSON, because whoever registers a client decides how many its keys have. */
  sizes: { limit: 4_000_000, of: (keys: readonly JsonObject[]) => JSON.stringify(keys).length },
} as const;
const FAILURES = { entries: 1_000, freshFor: COOL_DOWN } as const;
const MAX_BYTES = 64 * 1_024;

/** The keys behind the `jwks_uri` of clients and of others, cached in the isolate. */
export class RemoteKeySets {
  readonly #fetchSafely: SafeFetch;
  readonly #sets: LookupCache<readonly JsonObject[]>;
  /** The addresses that brought no keys when they were fetched last. */
  readonly #failures: LookupCache<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#sets = new LookupCache(KEY_SETS, clock);
    this.#failures = new LookupCache(FAILURES, clock);
  }

  /**
   * @param refresh - Fetch again, unless that was done within the cool-down.
   * @returns `undefined` if the keys cannot be fetched, and none are cached.
   */
  async find(uri: string, refresh: boolean): Promise<readonly JsonObject[] | undefined> {
    if (this.#failures.fresh(uri) === true) return this.#sets.usable(uri);
    const load = () => this.#fetch(uri);
    try {
      return await (refresh ? this.#sets.refresh(uri, load) : this.#sets.find(uri, load));
    } catch (error) {
      if (error instanceof NoKeys) return undefined;
      throw error;
    }
  }

  /** @throws {NoKeys} */
  async #fetch(uri: string): Promise<readonly JsonObject[]> {
    const answer = await fetchDocument(this.#fetchSafely, uri, MAX_BYTES);
    const keys = answer.ok ? readKeys(answer.value.body) : undefined;
    if (keys !== undefined) return keys;
    this.#failures.put(uri, true);
    throw new NoKeys(`Cannot fetch keys from ${uri}`);
  }
}

class NoKeys extends Error {
  override readonly name = 'NoKeys';
}

/**
 * Unknown keys are left out (RFC 7517 §5). A set with a private key is refused: others may know the
 * key.
 */
function readKeys(body: Uint8Array): readonly JsonObject[] | undefined {
  const set = parseStrictObject(body)?.['keys'];
  if (!Array.isArray(set)) return undefined;
  const keys = set.filter((key) => isJsonObject(key));
  return keys.every(isPublicKey) ? keys : undefined;
}

const MAX_KEYS = 32;
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** What is wrong with a set of public keys (RFC 7517 §5), to be read after its name. */
export function publicJwksFault(set: unknown): string | undefined {
  if (!isJsonObject(set) || !Array.isArray(set['keys'])) return 'must be a JWK Set (RFC 7517 §5)';
  const keys: readonly unknown[] = set['keys'];
  if (keys.length === 0) return 'must hold a key';
  if (keys.length > MAX_KEYS) return `must not hold more than ${MAX_KEYS} keys`;
  for (const key of keys) {
    const fault = keyFault(key);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function keyFault(key: unknown): string | undefined {
  if (!isJsonObject(key)) return 'must hold JSON Web Keys only';
  const { kty } = key;
  if (!isPublicKey(key)) {
    return 'must hold public keys only (RFC 7591 §2)';
  }
  if (!KEY_TYPES.has(kty)) return 'must hold keys of the types RSA, EC or OKP';
  if (kty === 'RSA' && rsaSignatureLength(key['n'], key['e']) === undefined) {
    return 'must not hold an RSA key of fewer than 2048 or more than 8192 bits (RFC 7518 §3.3)';
  }
  return undefined;
}

const isPublicKey = (key: JsonObject): boolean =>
  SECRET_MEMBERS.every((member) => key[member] === undefined);

/** The keys of a set that {@link publicJwksFault} finds nothing wrong with. */
export const keysOfSet = (set: JsonObject): readonly JsonObject[] =>
  Array.isArray(set['keys']) ? set['keys'].filter((key) => isJsonObject(key)) : [];
