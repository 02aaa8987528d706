/** A structured log line. Never carries a token, a password or another secret. */
export type LogEvent = {
  /** What happened: `session.started`, `token.refresh_reused`, `unhandled`. */
  readonly event: string;
  readonly level: 'info' | 'warn' | 'error' | 'security';
  readonly correlationId?: string;
  readonly [field: string]: unknown;
};

export type Log = (event: LogEvent) => void;

/** Writes one JSON object a line, which Workers Logs indexes by field. */
export const consoleLog: Log = (event) => {
  // oxlint-disable-next-line no-console -- the one place that writes the log
  console.log(JSON.stringify({ timestamp: new Date().toISOString(), ...event }));
};
