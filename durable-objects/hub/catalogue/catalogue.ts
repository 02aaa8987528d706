import type { Millis } from '../../../shared/clock.ts';
import { type Endpoint, endpointKey } from './endpoint.ts';
import { EndpointList } from './endpoint-list.ts';
import { isPermitted, type Standing } from './permission.ts';

/** Every endpoint of the deployment, as it was read. */
export class Catalogue {
  #readAt: Millis;
  readonly #endpoints: readonly Endpoint[];
  readonly #ownClientId: string;
  readonly #known = new WeakMap<Standing, EndpointList>();
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
  listOf(standing: Standing): EndpointList {
    const known = this.#known.get(standing) ?? this.#find(standing);
    this.#known.set(standing, known);
    return known;
  }

  /** An endpoint, whoever may call it. */
  find(service: string, key: string): Endpoint | undefined {
    return this.#endpoints.find((each) => each.service === service && endpointKey(each) === key);
  }

  #find(standing: Standing): EndpointList {
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
