import { consumeEvents } from './messaging/cloud-events.ts';
import { servicesOf } from './services.ts';
import { serve } from './worker.ts';

export { DirectoryObject } from '../../durable-objects/directory/directory-object.ts';
export { HubObject } from '../../durable-objects/hub/hub-object.ts';
export { QueueObject } from '../../durable-objects/queue/queue-object.ts';
export { RegistryObject } from '../../durable-objects/registry/registry-object.ts';
export { ConnectEntrypoint } from './entrypoint.ts';

export default {
  fetch: serve,
  queue: (batch, env) => consumeEvents(batch, servicesOf(env)),
} satisfies ExportedHandler<ConnectEnv>;
