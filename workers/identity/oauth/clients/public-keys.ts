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
/** For how long keys outlive their host's silence. */
const GRACE = minutes(10);
/** After a fetch, whoever asks again gets what it brought: an unknown `kid` cannot make us a hammer. */
const COOL_DOWN = seconds(30);
const MAX_SETS = 1_000;
const MAX_BYTES = 64 * 1_024;

/** The keys behind the `jwks_uri` of clients and of others, remembered in this isolate. */
export class RemoteKeySets {
  readonly #fetchSafely: SafeFetch;
  readonly #sets: ExpiringCache<readonly JsonObject[]>;
  readonly #asked: ExpiringCache<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#sets = new ExpiringCache(clock, MAX_SETS);
    this.#asked = new ExpiringCache(clock, MAX_SETS);
  }

  /**
   * @param refresh - Fetch again, unless that was done just now.
   * @returns `undefined`: there are no keys to be had.
   */
  async find(uri: string, refresh: boolean): Promise<readonly JsonObject[] | undefined> {
    const known = this.#sets.within(uri, GRACE);
    const isGoodEnough = !refresh && this.#sets.fresh(uri) !== undefined;
    if (known !== undefined && isGoodEnough) return known;
    if (this.#asked.fresh(uri) === undefined) {
      const fetched = await this.#fetch(uri);
      // Not before: others that ask meanwhile would find that nothing was there.
      this.#asked.put(uri, true, COOL_DOWN);
      if (fetched !== undefined) return fetched;
    }
    return known;
  }

  async #fetch(uri: string): Promise<readonly JsonObject[] | undefined> {
    const answer = await fetchDocument(this.#fetchSafely, uri, MAX_BYTES);
    const keys = answer.ok ? readKeys(answer.value.body) : undefined;
    if (keys !== undefined) this.#sets.put(uri, keys, FRESH);
    return keys;
  }
}

/** Unknown keys are left out (RFC 7517 §5); a set with a private one is nobody's word. */
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
