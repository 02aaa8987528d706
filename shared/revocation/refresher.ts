export type { Background, RefresherRuntime } from '../cache/refresher.ts';
