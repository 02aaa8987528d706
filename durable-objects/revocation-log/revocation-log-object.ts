import { DurableObject } from 'cloudflare:workers';

export class RevocationLogObject extends DurableObject<unknown> {}
