/** Makes `count` things, `atOnce` at a time. Returns them in order. */
export async function inTurns<T>(
  count: number,
  atOnce: number,
  make: (index: number) => Promise<T>,
): Promise<T[]> {
  const made: T[] = [];
  for (let from = 0; from < count; from += atOnce) {
    const indexes = Array.from({ length: Math.min(atOnce, count - from) }, (_, n) => from + n);
    made.push(...(await Promise.all(indexes.map(make))));
  }
  return made;
}
