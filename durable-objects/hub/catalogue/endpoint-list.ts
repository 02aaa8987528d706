import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import { type Endpoint, endpointKey } from './endpoint.ts';

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
