import { DurableObject } from 'cloudflare:workers';

export class SignInGuardObject extends DurableObject<unknown> {}
