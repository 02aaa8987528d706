import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import { type Caller, type Endpoint, endpointKey, isPermitted } from './endpoint.ts';

/**
 * How many lists are shared. There are few, however many roles there are, unless clients ask for ever
 * other scopes.
 */
const MOST_LISTS = 256;

/** All endpoints of the deployment, as they were read at one moment. */
export class Catalogue {
  #readAt: Millis;
  readonly #endpoints: readonly Endpoint[];
  readonly #ownClientId: string;
  readonly #cached = new WeakMap<Caller, EndpointList>();
  /** By which endpoints are permitted. Callers with the same permissions share one. */
  readonly #lists = new Map<string, EndpointList>();

  constructor(endpoints: readonly Endpoint[], ownClientId: string, readAt: Millis) {
    this.#endpoints = endpoints;
    this.#ownClientId = ownClientId;
    this.#readAt = readAt;
  }

  get readAt(): Millis {
    return this.#readAt;
  }

  /** Records that the same endpoints were read again, so that the cached lists stay valid. */
  confirm(readAt: Millis): void {
    this.#readAt = readAt;
  }

  /** The endpoints that a caller may call. */
  listOf(caller: Caller): EndpointList {
    const list = this.#cached.get(caller) ?? this.#find(caller);
    this.#cached.set(caller, list);
    return list;
  }

  /** Finds an endpoint without checking who may call it. */
  find(service: string, key: string): Endpoint | undefined {
    return this.#endpoints.find((each) => each.service === service && endpointKey(each) === key);
  }

  permits(endpoint: Endpoint, caller: Caller): boolean {
    return isPermitted(endpoint, caller, this.#ownClientId);
  }

  #find(caller: Caller): EndpointList {
    const permitted = this.#endpoints.map((endpoint) => this.permits(endpoint, caller));
    const key = permitted.map(Number).join('');
    const list =
      this.#lists.get(key) ??
      new EndpointList(this.#endpoints.filter((_, index) => permitted[index]));
    this.#lists.set(key, list);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > MOST_LISTS && oldest !== undefined) this.#lists.delete(oldest);
    return list;
  }
}

/** An endpoint as a manifest lists it. */
export type Listing = {
  readonly service: string;
  readonly endpoint: string;
  readonly description: string;
};

/** Bytes of the SHA-256 of a list: 16 are enough to tell any two lists apart. */
const DIGEST_LENGTH = 16;

/** The endpoints that some callers may call. Callers with the same permissions share the object. */
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

  /** A hash of the listings, the same at every hub. */
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
