export { TokenCache as TokenMemo } from '../cache/token-cache.ts';
