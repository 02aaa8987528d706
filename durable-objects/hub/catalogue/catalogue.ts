import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import { type Caller, type Endpoint, endpointKey, isPermitted } from './endpoint.ts';

/** Every endpoint of the deployment, as it was read. */
export class Catalogue {
  #readAt: Millis;
  readonly #endpoints: readonly Endpoint[];
  readonly #ownClientId: string;
  readonly #known = new WeakMap<Caller, EndpointList>();
  /** By which of the endpoints are permitted: there are few such lists, whatever roles there are. */
  readonly #lists = new Map<string, EndpointList>();

  constructor(endpoints: readonly Endpoint[], ownClientId: string, readAt: Millis) {
    this.#endpoints = endpoints;
    this.#ownClientId = ownClientId;
    this.#readAt = readAt;
  }

  get readAt(): Millis {
    return this.#readAt;
  }

  /** The same was read again: what follows from it stays. */
  readAgain(readAt: Millis): void {
    this.#readAt = readAt;
  }

  /** What somebody may call. */
  listOf(standing: Caller): EndpointList {
    const known = this.#known.get(standing) ?? this.#find(standing);
    this.#known.set(standing, known);
    return known;
  }

  /** An endpoint, whoever may call it. */
  find(service: string, key: string): Endpoint | undefined {
    return this.#endpoints.find((each) => each.service === service && endpointKey(each) === key);
  }

  #find(standing: Caller): EndpointList {
    const permitted = this.#endpoints.map(({ permission }) =>
      isPermitted(permission, standing, this.#ownClientId),
    );
    const key = permitted.map(Number).join('');
    const list =
      this.#lists.get(key) ??
      new EndpointList(this.#endpoints.filter((_, index) => permitted[index]));
    this.#lists.set(key, list);
    return list;
  }
}

/** An endpoint, as a manifest lists it. */
export type Listing = {
  readonly service: string;
  readonly endpoint: string;
  readonly description: string;
};

/** Bytes of SHA-256 that tell lists apart: two that differ must not be taken for one. */
const DIGEST_LENGTH = 16;

/** What everybody of one standing may call: the same object for all of them. */
export class EndpointList {
  readonly endpoints: readonly Endpoint[];
  readonly listings: readonly Listing[];
  #digest: Promise<string> | undefined;

  constructor(endpoints: readonly Endpoint[]) {
    this.endpoints = endpoints;
    this.listings = endpoints.map((endpoint) => ({
      service: endpoint.service,
      endpoint: endpointKey(endpoint),
      description: endpoint.description,
    }));
  }

  /** The same for the same listings, whoever reads them and whenever. */
  digest(): Promise<string> {
    this.#digest ??= digestOf(this.listings);
    return this.#digest;
  }
}

async function digestOf(listings: readonly Listing[]): Promise<string> {
  const parts = listings.map(({ service, endpoint, description }) => [
    service,
    endpoint,
    description,
  ]);
  const digest = await sha256(utf8(JSON.stringify(parts)));
  return toBase64Url(digest.subarray(0, DIGEST_LENGTH));
}
