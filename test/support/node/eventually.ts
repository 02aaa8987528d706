import { vi } from 'vitest';

/** Waits until `check` does not throw. The timeout allows for a busy machine. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000, interval: 10 });
