/** Reads this process's processor time within the measured part, as a share of one core. */
export function processorTime(from: number, until: number): () => number {
  let before = process.cpuUsage();
  let busy: number | undefined;
  const share = (): number => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / Math.max(1, performance.now() - from);
  };
  setTimeout(() => (before = process.cpuUsage()), from - performance.now());
  const end = setTimeout(() => (busy = share()), until - performance.now());
  return () => {
    clearTimeout(end); // A run ends early when its requests are used up.
    return busy ?? share();
  };
}
