/** The places of those who wait, in order. Finding, adding and removing cost no walk through all. */
export class Line {
  readonly #places: number[];

  /** @param places Ascending. */
  constructor(places: readonly number[] = []) {
    this.#places = [...places];
  }

  get length(): number {
    return this.#places.length;
  }

  /** 0 if nobody waits. */
  get last(): number {
    return this.#places.at(-1) ?? 0;
  }

  at(index: number): number | undefined {
    return this.#places[index];
  }

  /** @param place Larger than every other. */
  add(place: number): void {
    this.#places.push(place);
  }

  remove(place: number): void {
    const index = this.ahead(place);
    if (this.#places[index] === place) this.#places.splice(index, 1);
  }

  /** How many places are before this one. */
  ahead(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? Infinity) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
