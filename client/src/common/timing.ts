/** The first bound and the greatest one, in milliseconds. */
export type BackoffLimits = { readonly base: number; readonly cap: number };

/**
 * How long to wait before trying again: a random time below a bound that doubles with every failure
 * ("full jitter"), so that many clients which failed together do not return together.
 *
 * @param failures How many attempts in a row have failed: at least 1.
 * @param random In [0, 1).
 * @returns Milliseconds.
 */
export function fullJitter(
  failures: number,
  random: number,
  { base, cap }: BackoffLimits = { base: 250, cap: 30_000 },
): number {
  // 2^30 is beyond any cap; a larger exponent would end in Infinity times 0.
  return random * Math.min(cap, base * 2 ** Math.min(failures - 1, 30));
}

/** Milliseconds. A timer with a longer delay fires at once. */
export const MAX_DELAY = 2 ** 31 - 1;

/** Waits. An abort ends the wait early without an error: the caller looks at its signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, MAX_DELAY));
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

/** The result of `Promise.withResolvers`, which Node 20 and browsers of 2023 do not have. */
export type Deferred<T> = {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
};

export function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  if (settle === undefined) throw new TypeError('Cannot make a promise');
  return { promise, ...settle };
}
