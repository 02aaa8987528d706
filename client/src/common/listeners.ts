/** Ends the subscription that the call returning it began. A second call does nothing. */
export type Stop = () => void;

/**
 * The listeners of one kind of event. When one throws, the others are still called, and its error
 * becomes an uncaught one, as with an `EventTarget`.
 */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): Stop {
    // A function may be added twice, and each subscription ends by itself.
    const own = (value: T): void => listener(value);
    this.#all.add(own);
    return () => void this.#all.delete(own);
  }

  emit(value: T): void {
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
