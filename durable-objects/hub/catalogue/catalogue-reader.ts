import { ageOf, type Clock, seconds } from '../../../shared/clock.ts';
import { Catalogue } from './catalogue.ts';
import type { Endpoint } from './endpoint.ts';

/** The largest age of the catalogue that a new connection is given. */
const CATALOGUE_AGE = seconds(60);

export type CatalogueReaderNeeds = {
  readonly read: () => Promise<readonly Endpoint[]>;
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
  /** Called when the catalogue differs from the one before, or is the first since the hub woke. */
  readonly onChange: () => void;
  readonly clock: Clock;
};

/** Reads the catalogue when it is needed, and again when it is old. */
export class CatalogueReader {
  readonly #needs: CatalogueReaderNeeds;
  #catalogue: Catalogue | undefined;
  #text: string | undefined;
  #reading: Promise<Catalogue> | undefined;

  constructor(needs: CatalogueReaderNeeds) {
    this.#needs = needs;
  }

  /** `undefined` if none was read since the hub woke. */
  get cached(): Catalogue | undefined {
    return this.#catalogue;
  }

  /** @throws If none is cached and it cannot be read. The next call tries again. */
  async current(): Promise<Catalogue> {
    return this.#catalogue ?? this.#read();
  }

  /** A catalogue of at most {@link CATALOGUE_AGE}. While it is read, others use the cached one. */
  async fresh(): Promise<Catalogue> {
    const cached = this.#catalogue;
    const isFresh =
      cached !== undefined && ageOf(cached.readAt, this.#needs.clock()) <= CATALOGUE_AGE;
    return isFresh ? cached : this.#read();
  }

  /** A catalogue whose reading begins after this call. */
  async reread(): Promise<Catalogue> {
    // The reading that is under way may have begun before the change that this call is about.
    await this.#reading?.catch(() => {});
    return this.#read();
  }

  /** Concurrent callers share one reading. */
  async #read(): Promise<Catalogue> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<Catalogue> {
    const { read, ownClientId, onChange, clock } = this.#needs;
    const readAt = clock();
    const endpoints = await read();
    const text = JSON.stringify(endpoints);
    if (this.#catalogue !== undefined && text === this.#text) {
      this.#catalogue.confirm(readAt);
      return this.#catalogue;
    }
    this.#catalogue = new Catalogue(endpoints, ownClientId, readAt);
    this.#text = text;
    onChange();
    return this.#catalogue;
  }
}
