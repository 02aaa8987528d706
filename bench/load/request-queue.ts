import { Chain } from './chain.ts';
import type { RequestSource } from './plan.ts';
import type { RequestQueue } from './queue.ts';

export function requestQueue(source: RequestSource, connections: number): RequestQueue {
  if (source.kind === 'chain') return new Chain(source, connections);
  return source.kind === 'once' ? each(source.requests) : rotation(source.requests);
}

function rotation(requests: readonly string[]): RequestQueue {
  let turn = 0;
  return {
    next: () => requests[turn++ % requests.length] ?? '',
    answered: () => {},
    tokens: () => [],
  };
}

function each(requests: readonly string[]): RequestQueue {
  let turn = 0;
  return { next: () => requests[turn++], answered: () => {}, tokens: () => [] };
}
