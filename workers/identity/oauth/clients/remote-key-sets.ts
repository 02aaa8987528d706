import type { Clock } from '../../../../shared/clock.ts';
import { minutes, seconds } from '../../../../shared/clock.ts';
import { fetchDocument, type SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import {
  isJsonObject,
  type JsonObject,
  parseStrictObject,
} from '../../../../shared/tokens/strict-json.ts';
import { RememberedEntries } from '../../remembered-entries.ts';
import { isPublicKey } from './public-jwks.ts';

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
  readonly #sets: RememberedEntries<readonly JsonObject[]>;
  readonly #asked: RememberedEntries<true>;

  constructor(fetchSafely: SafeFetch, clock: Clock) {
    this.#fetchSafely = fetchSafely;
    this.#sets = new RememberedEntries(clock, MAX_SETS);
    this.#asked = new RememberedEntries(clock, MAX_SETS);
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
