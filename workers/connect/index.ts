export { DirectoryObject } from '../../durable-objects/directory/directory-object.ts';
export { HubObject } from '../../durable-objects/hub/hub-object.ts';

export default { fetch: () => new Response('connect') };
