import { platform } from '../platform.ts';

/**
 * Runs `task` while no other tab of the origin runs one of that name (Web Locks API).
 *
 * Where there are no locks, as on pages without TLS, it just runs: the server answers two tabs that
 * refresh at once alike, because they have one installation id.
 */
export function takeTurns<T>(name: string | undefined, task: () => Promise<T>): Promise<T> {
  const locks = platform.navigator?.locks;
  return name === undefined || locks === undefined ? task() : locks.request(name, task);
}
