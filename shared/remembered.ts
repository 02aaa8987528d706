export { cached as remembered } from './cache/cached.ts';
