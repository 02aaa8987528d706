import { handle } from './worker.ts';

export { KeyRingObject } from '../../durable-objects/key-ring/key-ring-object.ts';
export { KeysEntrypoint } from './keys-entrypoint.ts';

export default { fetch: handle } satisfies ExportedHandler<KeysEnv>;
