import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import type { NamedDocument } from './merge.ts';

const METHODS: ReadonlySet<string> = new Set(['get', 'post', 'put', 'patch', 'delete']);

/**
 * Adds `x-sallyport-service` to each operation: the name under which the hub's manifest lists it,
 * which nothing else in a merged document tells.
 */
export const sayService = ({ name, document }: NamedDocument): OpenApiDocument => ({
  ...document,
  paths: mapMembers(document.paths, (item) =>
    mapMembers(item, (operation, method) =>
      METHODS.has(method) && isRecord(operation)
        ? { ...operation, 'x-sallyport-service': name }
        : operation,
    ),
  ),
});

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const mapMembers = (
  holder: unknown,
  map: (value: unknown, key: string) => unknown,
): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(isRecord(holder) ? holder : {}).map(([key, value]) => [key, map(value, key)]),
  );
