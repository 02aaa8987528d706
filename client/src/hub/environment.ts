import type { Stop } from '../listeners.ts';
import { platform } from '../platform.ts';

export type EnvironmentListeners = {
  /** A better time than any other to try again. */
  readonly hopeful: () => void;
  /** The connection may be dead without anybody having been told. */
  readonly doubtful: () => void;
};

type Target = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

/** Listens to what a browser tells of the network and the tab. Elsewhere there is nothing to hear. */
export function watchEnvironment({ hopeful, doubtful }: EnvironmentListeners): Stop {
  const page = platform.document;
  const visible = (): void => {
    if (page?.visibilityState !== 'visible') return;
    hopeful();
    doubtful();
  };
  const all: readonly [Target | undefined, string, () => void][] = [
    [page === undefined ? undefined : globalThis, 'online', () => (hopeful(), doubtful())],
    [page === undefined ? undefined : globalThis, 'offline', doubtful],
    [page, 'visibilitychange', visible],
  ];
  for (const [target, type, listener] of all) target?.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of all) target?.removeEventListener(type, listener);
  };
}
