import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** @returns The path of `name` in `folders`, by default those of `PATH`; `undefined` if in none. */
export async function findProgram(
  name: string,
  folders: readonly string[] = (process.env['PATH'] ?? '').split(delimiter),
): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false; // It does not exist, or this user may not run it.
  }
}
