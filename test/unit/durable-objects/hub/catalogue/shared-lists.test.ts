import { expect, it } from 'vitest';
import { Catalogue } from '../../../../../durable-objects/hub/catalogue/catalogue.ts';
import type { Caller, Endpoint } from '../../../../../durable-objects/hub/catalogue/endpoint.ts';

const OWN = 'sallyport';

const endpoints = Array.from({ length: 10 }, (_, n) => ({
  service: 's',
  method: 'GET',
  path: `/${n}`,
  description: '',
  permission: { roles: [], scopes: [`scope-${n}`] },
})) as unknown as readonly Endpoint[];

/** A caller with the scopes whose bits are set. */
const callerWith = (bits: number): Caller => ({
  clientId: OWN,
  scopes: endpoints.flatMap((_, n) => ((bits >> n) & 1 ? [`scope-${n}`] : [])),
  roles: [],
});

it('[H7] callers with the same permissions share a list, of the last 256 permissions', () => {
  const catalogue = new Catalogue(endpoints, OWN, 0);
  const first = catalogue.listOf(callerWith(1));
  expect(first.endpoints.map(({ path }) => path)).toEqual(['/0']);
  expect(catalogue.listOf(callerWith(1))).toBe(first);
  for (let bits = 2; bits <= 257; bits += 1) catalogue.listOf(callerWith(bits));
  const anew = catalogue.listOf(callerWith(1));
  expect([anew === first, anew.listings]).toEqual([false, first.listings]);
});
