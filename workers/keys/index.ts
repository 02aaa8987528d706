export { KeyRingObject } from '../../durable-objects/key-ring/key-ring-object.ts';

export default { fetch: () => new Response('keys') };
