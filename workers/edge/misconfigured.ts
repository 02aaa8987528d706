import { problemResponse } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { Edge } from './edge.ts';
import { messageOf } from './failure.ts';

/** An edge with a bad setting: it answers everything with the error that names the setting. */
export function misconfigured(error: unknown, log: Log): Edge {
  const detail = messageOf(error);
  return {
    fetch(request) {
      log({ event: 'edge.misconfigured', level: 'error', message: detail });
      const ids = { correlationId: 'misconfigured', instance: new URL(request.url).pathname };
      return problemResponse({ code: 'INTERNAL_ERROR', options: { detail } }, ids);
    },
  };
}
