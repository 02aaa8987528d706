import type { Contestants } from './contestants/contestant.ts';

/** The trials of the hub, besides its speed. */
const HUB_TRIALS = ['hub-idle', 'hub-storm', 'hub-soak'] as const;
export type HubTrial = (typeof HUB_TRIALS)[number];

export type Selection = {
  readonly requests: Contestants;
  readonly sockets: Contestants;
  readonly trials: readonly HubTrial[];
};

/**
 * Selects contestants and trials by name, or all of sockets by `hub`.
 *
 * @param only The names; `undefined` selects everything.
 * @throws {Error} If a name is unknown.
 */
export function select(
  only: readonly string[] | undefined,
  all: Pick<Selection, 'requests' | 'sockets'>,
): Selection {
  const ofHub = [...Object.keys(all.sockets), ...HUB_TRIALS];
  const names = [...Object.keys(all.requests), ...ofHub];
  const wanted = new Set(only?.flatMap((name) => (name === 'hub' ? ofHub : name)) ?? names);
  const unknown = [...wanted].find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`Cannot measure ${unknown}: the name is unknown`);
  return {
    requests: picked(all.requests, wanted),
    sockets: picked(all.sockets, wanted),
    trials: HUB_TRIALS.filter((name) => wanted.has(name)),
  };
}

const picked = (contestants: Contestants, wanted: ReadonlySet<string>): Contestants =>
  Object.fromEntries(Object.entries(contestants).filter(([name]) => wanted.has(name)));
