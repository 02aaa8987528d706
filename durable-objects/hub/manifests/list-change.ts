import type { Listing } from '../catalogue/endpoint-list.ts';

/** What makes one list of another. */
export type ListChange = {
  /** Takes the place of what it has the name of. */
  readonly added: readonly Listing[];
  readonly removed: readonly Listing[];
};

export function listChange(before: readonly Listing[], now: readonly Listing[]): ListChange {
  const [old, next] = [byName(before), byName(now)];
  return {
    added: now.filter((each) => old.get(nameOf(each))?.description !== each.description),
    removed: before.filter((each) => !next.has(nameOf(each))),
  };
}

const byName = (listings: readonly Listing[]): ReadonlyMap<string, Listing> =>
  new Map(listings.map((each) => [nameOf(each), each]));

/** A service's name has no space. */
const nameOf = ({ service, endpoint }: Listing): string => `${service} ${endpoint}`;
