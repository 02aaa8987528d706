import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Listing } from '../../../../../durable-objects/hub/catalogue/catalogue.ts';
import { listChange } from '../../../../../durable-objects/hub/manifests/manifest.ts';

const listing = (endpoint: string, description = '', service = 's'): Listing => ({
  service,
  endpoint,
  description,
});

describe('the change of a list', () => {
  it('[H78] has what was added, removed, or described differently', () => {
    const before = [listing('GET:/a'), listing('GET:/b'), listing('GET:/c', 'old')];
    const now = [listing('GET:/b'), listing('GET:/c', 'new'), listing('GET:/d')];
    expect(listChange(before, now)).toEqual({
      added: [listing('GET:/c', 'new'), listing('GET:/d')],
      removed: [listing('GET:/a')],
    });
  });

  it('[H78] distinguishes services with the same endpoint', () => {
    const [one, other] = [listing('GET:/a', '', 'one'), listing('GET:/a', '', 'other')];
    expect(listChange([one], [other])).toEqual({ added: [other], removed: [one] });
  });

  it('[H78] turns the one list into the other', () => {
    const aList = fc.uniqueArray(
      fc.record({
        service: fc.constantFrom('a', 'b'),
        endpoint: fc.constantFrom('GET:/x', 'POST:/x', 'GET:/y'),
        description: fc.constantFrom('', 'd'),
      }),
      { selector: ({ service, endpoint }) => `${service} ${endpoint}` },
    );
    const named = (list: readonly Listing[]) =>
      new Map(list.map((each) => [`${each.service} ${each.endpoint}`, each]));
    fc.assert(
      fc.property(aList, aList, (before, now) => {
        const { added, removed } = listChange(before, now);
        const made = named(before);
        for (const key of named(removed).keys()) made.delete(key);
        for (const [key, each] of named(added)) made.set(key, each);
        const sorted = (map: ReadonlyMap<string, Listing>) =>
          [...map].toSorted(([a], [b]) => a.localeCompare(b));
        expect(sorted(made)).toEqual(sorted(named(now)));
      }),
    );
  });
});
