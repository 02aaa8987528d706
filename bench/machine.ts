import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';

/** The commands of server and generator, pinned to their cores where `taskset` exists. */
export type Pinning = {
  /** Whether server and generator have one core each. */
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
    return false; // Without Linux or util-linux the processes are not pinned, which the report notes.
  }
}

/** Describes the machine in one line. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${model}, ${availableParallelism()} cores, ${gigabytes} GiB, ${platform()} ${arch()}`;
}

/** Processor time that a process has used so far, in milliseconds; `undefined` outside Linux. */
export function processorMillis(pid: number): number | undefined {
  try {
    // proc(5): fields 14 and 15 after the parenthesised name are ticks of 10 ms.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    return (Number(fields?.[11]) + Number(fields?.[12])) * 10;
  } catch {
    return undefined;
  }
}

/** The resident memory of a process in KiB; `undefined` outside Linux. */
export function residentKibibytes(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** The number of files and sockets that a process may open. Node raises its own limit to it. */
export function descriptorLimit(): number {
  return Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' })) || Infinity;
}
