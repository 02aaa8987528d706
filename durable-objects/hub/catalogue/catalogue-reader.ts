import { type Clock, seconds } from '../../../shared/clock.ts';
import { Catalogue } from './catalogue.ts';
import type { Endpoint } from './endpoint.ts';

/** How old a catalogue may be when a connection opens. */
const CATALOGUE_AGE = seconds(60);

export type CatalogueReaderDeps = {
  readonly read: () => Promise<readonly Endpoint[]>;
  readonly settings: { readonly ownClientId: string };
  /** Another catalogue was read than before, or the first since the hub woke. */
  readonly onChange: () => void;
  readonly clock: Clock;
};

/** The catalogue of a hub: read when it is needed, and again when it is old. */
export class CatalogueReader {
  readonly #deps: CatalogueReaderDeps;
  #catalogue: Catalogue | undefined;
  #text: string | undefined;
  #reading: Promise<Catalogue> | undefined;

  constructor(deps: CatalogueReaderDeps) {
    this.#deps = deps;
  }

  /** `undefined`: none was read since the hub is in memory. */
  get known(): Catalogue | undefined {
    return this.#catalogue;
  }

  /** @throws If there is none in memory and it cannot be read. The next call tries again. */
  async current(): Promise<Catalogue> {
    return this.#catalogue ?? this.#read();
  }

  /** One that is not old. Until it is read, others go on with the old one. */
  async fresh(): Promise<Catalogue> {
    const known = this.#catalogue;
    const isFresh = known !== undefined && this.#deps.clock() - known.readAt <= CATALOGUE_AGE;
    return isFresh ? known : this.#read();
  }

  /** One that is read after this call. */
  async reread(): Promise<Catalogue> {
    // What is being read may have been asked for before the change that this call is about.
    await this.#reading?.catch(() => {});
    return this.#read();
  }

  /** Reads the catalogue, once for all who ask at the same time. */
  async #read(): Promise<Catalogue> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<Catalogue> {
    const { read, settings, onChange, clock } = this.#deps;
    const readAt = clock();
    const endpoints = await read();
    const text = JSON.stringify(endpoints);
    if (this.#catalogue !== undefined && text === this.#text) {
      this.#catalogue.readAgain(readAt);
      return this.#catalogue;
    }
    this.#catalogue = new Catalogue(endpoints, settings.ownClientId, readAt);
    this.#text = text;
    onChange();
    return this.#catalogue;
  }
}
