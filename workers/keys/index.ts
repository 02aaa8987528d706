import { serve } from './worker.ts';

export { KeyRingObject } from '../../durable-objects/key-ring/key-ring-object.ts';
export { KeysEntrypoint } from './entrypoint.ts';

export default { fetch: serve } satisfies ExportedHandler<KeysEnv>;
