import { DurableObject } from 'cloudflare:workers';

export class TransientObject extends DurableObject<unknown> {}
