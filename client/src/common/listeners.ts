/** Ends what was begun by the call that returned it. Calling it again does nothing. */
export type Stop = () => void;

/**
 * Whom to tell. A listener that throws keeps nobody else from being told: its error becomes an
 * uncaught one, as of an `EventTarget`.
 */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): Stop {
    // One function may be added twice, and each is ended by itself.
    const own = (value: T): void => listener(value);
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  tell(value: T): void {
    for (const listener of Array.from(this.#all)) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
