import { DurableObject } from 'cloudflare:workers';

export class DirectoryObject extends DurableObject<unknown> {}
