import { platform } from '../platform.ts';

/**
 * Runs `task` while no other tab of the origin runs one of that name (Web Locks API), and tells it
 * whether it had to wait for one that did.
 *
 * Where there are no locks, as on pages without TLS, it just runs: the server answers two tabs that
 * refresh at once alike, because they have one installation id.
 */
export async function takeTurns<T>(
  name: string | undefined,
  task: (hasWaited: boolean) => Promise<T>,
): Promise<T> {
  const locks = platform.navigator?.locks;
  if (name === undefined || locks === undefined) return task(false);
  const atOnce = await locks.request(name, { ifAvailable: true }, async (lock) =>
    lock === null ? undefined : { value: await task(false) },
  );
  return atOnce === undefined ? locks.request(name, () => task(true)) : atOnce.value;
}
