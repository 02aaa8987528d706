import { type Clock, minutes, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { rsaSignatureLength } from '../../../../shared/tokens/rsa-key.ts';
import {
  isJsonObject,
  type JsonObject,
  parseStrictObject,
} from '../../../../shared/tokens/strict-json.ts';
import { ExpiringCache } from '../../platform/cache.ts';

const FRESH = minutes(10);
/** For how long keys serve after they were fresh, while their host does not answer. */
const GRACE = minutes(10);
/**
 * For how long after a fetch no other is made, so that unknown `kid`s cannot make us flood the host.
 */
const COOL_DOWN = seconds(30);
const MAX_SETS = 1_000;
const MAX_BYTES = 64 * 1_024;

/** The keys behind the `jwks_uri` of clients and others, cached in the isolate. */
export class RemoteKeySets {
  readonly #fetchSafely: SafeFetch;
  readonly #sets: ExpiringCache<readonly JsonObject[]>;
  readonly #fetchedLately: ExpiringCache<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#sets = new ExpiringCache(clock, MAX_SETS);
    this.#fetchedLately = new ExpiringCache(clock, MAX_SETS);
  }

  /**
   * @param refresh - Fetch again, unless that was done within the cool-down.
   * @returns `undefined` if the keys cannot be fetched, and none are cached.
   */
  async find(uri: string, refresh: boolean): Promise<readonly JsonObject[] | undefined> {
    const cached = this.#sets.within(uri, GRACE);
    const isGoodEnough = !refresh && this.#sets.fresh(uri) !== undefined;
    if (cached !== undefined && isGoodEnough) return cached;
    if (this.#fetchedLately.fresh(uri) === undefined) {
      const fetched = await this.#fetch(uri);
      // Noted after the fetch: requests that come during it would otherwise find no keys.
      this.#fetchedLately.put(uri, true, COOL_DOWN);
      if (fetched !== undefined) return fetched;
    }
    return cached;
  }

  async #fetch(uri: string): Promise<readonly JsonObject[] | undefined> {
    const answer = await fetchDocument(this.#fetchSafely, uri, MAX_BYTES);
    const keys = answer.ok ? readKeys(answer.value.body) : undefined;
    if (keys !== undefined) this.#sets.put(uri, keys, FRESH);
    return keys;
  }
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
