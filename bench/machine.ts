import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** Puts a command on its core: the words to execute, `taskset` first where it helps. */
export type Pinning = {
  /** Whether server and generator have a core each. */
  readonly separate: boolean;
  server(...command: readonly string[]): string[];
  generator(...command: readonly string[]): string[];
};

/** Servers on core 0 and the generator on core 1, where the system can do that. */
export function pinning(): Pinning {
  const separate = availableParallelism() > 1 && hasTaskset();
  const on =
    (core: number) =>
    (...command: readonly string[]) =>
      separate ? ['taskset', '-c', String(core), ...command] : [...command];
  return { separate, server: on(0), generator: on(1) };
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-c', '0', 'true']);
    return true;
  } catch {
    return false; // not Linux, or util-linux is not installed: unpinned, and the report says so
  }
}

/** What a reader needs to know of the machine, one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${model}, ${availableParallelism()} cores, ${gigabytes} GiB, ${platform()} ${arch()}`;
}

/** Processor time that a process has used so far, in milliseconds; `undefined` outside Linux. */
export function processorMillis(pid: number): number | undefined {
  try {
    // proc(5): fields 14 and 15 after the parenthesised name, in ticks of 10 ms
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    return (Number(fields?.[11]) + Number(fields?.[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Memory of a process that is in RAM, in KiB; `undefined` outside Linux. */
export function residentKibibytes(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** Files and sockets that a process may have open; Node raises its own limit to it at the start. */
export function descriptorLimit(): number {
  return Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Infinity;
}
