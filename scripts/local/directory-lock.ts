import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';

export type DirectoryLock = { release(): Promise<void> };

/** Another process has the folder open, or this one. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly owner: number;

  constructor(message: string, owner: number) {
    super(message);
    this.owner = owner;
  }
}

const held = new Set<string>();

/**
 * Locks `directory` for this process by a file beside it that holds the process id. The lock of a
 * process that no longer runs, as after `kill -9`, is taken over.
 *
 * @throws {LockedError} If a running process holds the lock.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = `${directory}.lock`;
  if (held.has(path)) {
    throw new LockedError(`Cannot open ${directory}: this process has it open`, process.pid);
  }
  held.add(path);
  try {
    await claim(directory, path);
  } catch (error) {
    held.delete(path);
    throw error;
  }
  return {
    async release() {
      await rm(path, { force: true });
      held.delete(path);
    },
  };
}

async function claim(directory: string, path: string): Promise<void> {
  const written = await create(path);
  if (written) return;
  const owner = Number(await readFile(path, 'utf8').catch(() => ''));
  // In a container every start may get the same id, so our own id in the file is of an ended process.
  if (owner !== process.pid && isRunning(owner)) {
    throw new LockedError(
      `Cannot open ${directory}: process ${owner} has it open (see ${path})`,
      owner,
    );
  }
  await rm(path, { force: true });
  if (!(await create(path))) {
    throw new LockedError(`Cannot open ${directory}: it was opened just now`, owner);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM means that it runs under another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whether the process has ended and its parent has not yet waited for it, as may be in a container. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  } catch {
    return false;
  }
}
