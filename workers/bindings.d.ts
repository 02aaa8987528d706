import './connect/worker-configuration.d.ts';
import './edge/worker-configuration.d.ts';
import './identity/worker-configuration.d.ts';
import './keys/worker-configuration.d.ts';
