import { serve } from './worker.ts';

export { RevocationLogObject } from '../../durable-objects/revocation-log/revocation-log-object.ts';
export { SignInGuardObject } from '../../durable-objects/sign-in-guard/sign-in-guard-object.ts';
export { TransientObject } from '../../durable-objects/transient/transient-object.ts';
export { UserObject } from '../../durable-objects/user/user-object.ts';
export { IdentityEntrypoint } from './entrypoint.ts';
export { IdentityHttp } from './http-entrypoint.ts';

export default { fetch: serve };
