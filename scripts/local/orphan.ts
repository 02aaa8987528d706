import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const PID_FILE = 'workerd.pid';
const PATIENCE_MS = 5_000;

/** So that {@link endOrphan} finds it, should this process be killed. */
export async function rememberWorkerd(dataDir: string, pid: number): Promise<void> {
  await writeFile(join(dataDir, PID_FILE), String(pid));
}

/**
 * Ends the workerd that a killed instance left behind: it holds the port and the objects' files.
 * Only a process that serves this very configuration is ended, for its id may be another's by now.
 */
export async function endOrphan(dataDir: string, configFile: string): Promise<void> {
  const pid = Number(await readFile(join(dataDir, PID_FILE), 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return;
  const deadline = Date.now() + PATIENCE_MS;
  while ((await commandOf(pid)).includes(configFile)) {
    if (Date.now() > deadline) throw new Error(`Cannot start: workerd ${pid} does not end`);
    process.kill(pid, 'SIGKILL');
    await sleep(50);
  }
}

/** Empty where there is no such process. */
async function commandOf(pid: number): Promise<string> {
  const listed = promisify(execFile)('ps', ['-o', 'stat=,command=', '-p', String(pid)]);
  const { stdout } = await listed.catch(() => ({ stdout: '' }));
  // A zombie has ended: its parent has only not asked yet.
  return stdout.trimStart().startsWith('Z') ? '' : stdout;
}
