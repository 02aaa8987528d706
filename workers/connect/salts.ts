import { remembered } from '../../shared/remembered.ts';
import { type ConnectSalts, importConnectSalts } from '../../shared/tokens/connect-salts.ts';
import { type ConfigEnv, readConfig } from './config.ts';

/** Keyed by the environment, of which an isolate has one. */
const known = new WeakMap<ConfigEnv, () => Promise<ConnectSalts>>();

/** What opens reconnection tokens and tickets, and makes tickets. */
export function saltsOf(env: ConfigEnv): Promise<ConnectSalts> {
  const salts = known.get(env) ?? remembered(() => importConnectSalts(readConfig(env).salts));
  known.set(env, salts);
  return salts();
}
