import { mkdir, open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { failureText } from '../command/failure-text.ts';

export type WorkerLog = {
  readonly path: string;
  write(line: string): void;
  close(): Promise<void>;
};

const MAX_BYTES = 10 * 1024 * 1024;

/**
 * Writes the Workers' output to `<dataDir>/logs/workers.log`. A file over 10 MiB is renamed to
 * `workers.log.1` at the next start. Each error is also passed to `onError`, in one line.
 */
export async function openWorkerLog(
  dataDir: string,
  onError: (summary: string) => void,
): Promise<WorkerLog> {
  const folder = join(dataDir, 'logs');
  const path = join(folder, 'workers.log');
  await mkdir(folder, { recursive: true });
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > MAX_BYTES) await rename(path, `${path}.1`);
  const file = await open(path, 'a', 0o600).then((handle) => handle.createWriteStream());
  // Without a listener, a full disk would end the instance because of its log.
  file.once('error', (error) => onError(`Nothing is logged any more: ${failureText(error)}`));
  return {
    path,
    write(line) {
      if (file.writable) file.write(`${line}\n`);
      const summary = errorSummary(line);
      if (summary !== undefined) onError(summary);
    },
    close: () => new Promise((resolve) => file.end(() => resolve())),
  };
}

/** Returns the event of a line with an error, without its other fields; else `undefined`. */
export function errorSummary(line: string): string | undefined {
  const event = parseEvent(line);
  if (event === undefined) return /: (?:error|fatal): /.test(line) ? firstClause(line) : undefined;
  if (event['level'] !== 'error') return undefined;
  const id = event['correlationId'];
  return `${text(event['event'])}${id === undefined ? '' : ` (${text(id)})`}`;
}

function parseEvent(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The message of workerd, without its source location and trace identifiers. */
const firstClause = (line: string): string =>
  (line.split(/: (?:error|fatal): /)[1] ?? line).split(';')[0]?.slice(0, 200) ?? '';

const text = (value: unknown): string => (typeof value === 'string' ? value : 'error');
