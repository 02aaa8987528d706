/**
 * Says what failed, for an operator: the message and its cause, and what to do where the system says why.
 * The stack is for programming errors alone.
 */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isBug(error)) return error.stack ?? error.message;
  if (error.name === 'UsageError') return error.message;
  const { cause } = error;
  const own = systemText(error) ?? error.message;
  const because = cause instanceof Error ? (systemText(cause) ?? cause.message) : '';
  // A message of whole sentences says everything that an operator can use.
  const isComplete = own.endsWith('.') || own.includes(because);
  return isComplete ? own : `${own} (${because})`;
}

const isBug = (error: Error): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;

/** By the code of the system, what is wrong with a path, and what to do. */
const SYSTEM: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, then try again',
  EDQUOT: 'the quota of the disk is used up: free some space, then try again',
  ENOENT: 'there is no such folder, and none can be made here: choose another one',
  EROFS: 'the file system is read-only: choose another folder',
  EACCES: 'permission is denied: make it readable and writable for this user',
  EPERM: 'permission is denied: make it readable and writable for this user',
  ENOTDIR: 'a file is where a folder should be: move it away, or choose another folder',
  EEXIST: 'a file is where a folder should be: move it away, or choose another folder',
  EISDIR: 'a folder is where a file should be: move it away',
  EMFILE: 'too many files are open: raise the limit (ulimit -n)',
  EIO: 'the disk fails to read or write',
};

/** `undefined` if it is no error of the file system. */
function systemText(error: Error): string | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const reason = SYSTEM[code];
  if (reason === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  return path === undefined ? `${reason} (${code})` : `${path}: ${reason} (${code})`;
}
