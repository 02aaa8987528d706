import type { Contestants } from './contestants/contestant.ts';

/** Measured of the hub besides its speed. */
const HUB_TRIALS = ['hub-idle', 'hub-storm', 'hub-soak'] as const;
export type HubTrial = (typeof HUB_TRIALS)[number];

export type Selection = {
  readonly requests: Contestants;
  readonly sockets: Contestants;
  readonly trials: readonly HubTrial[];
};

/**
 * What `--only` asks for: names of contestants and trials, or `hub` for all that concerns sockets.
 *
 * @param only Everything, if `undefined`.
 * @throws {Error} If nothing has that name.
 */
export function select(
  only: readonly string[] | undefined,
  all: Pick<Selection, 'requests' | 'sockets'>,
): Selection {
  const ofHub = [...Object.keys(all.sockets), ...HUB_TRIALS];
  const known = [...Object.keys(all.requests), ...ofHub];
  const wanted = new Set(only?.flatMap((name) => (name === 'hub' ? ofHub : name)) ?? known);
  const unknown = [...wanted].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`Cannot measure ${unknown}: nothing has that name`);
  return {
    requests: picked(all.requests, wanted),
    sockets: picked(all.sockets, wanted),
    trials: HUB_TRIALS.filter((name) => wanted.has(name)),
  };
}

const picked = (contestants: Contestants, wanted: ReadonlySet<string>): Contestants =>
  Object.fromEntries(Object.entries(contestants).filter(([name]) => wanted.has(name)));
