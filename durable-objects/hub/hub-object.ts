import { DurableObject } from 'cloudflare:workers';

export class HubObject extends DurableObject<unknown> {}
