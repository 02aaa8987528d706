#!/bin/sh
# Generates the binding types of every Worker from its wrangler.toml; with --check, verifies them.
set -eu
generate() {
  wrangler types --config "$1" --env-interface "$2" --include-runtime=false --strict-vars=false $check "$3"
}
check="${1:-}"
export WRANGLER_SEND_METRICS=false WRANGLER_HIDE_BANNER=true CI=1
generate wrangler.toml EdgeEnv workers/edge/worker-configuration.d.ts
generate workers/identity/wrangler.toml IdentityEnv workers/identity/worker-configuration.d.ts
generate workers/keys/wrangler.toml KeysEnv workers/keys/worker-configuration.d.ts
generate workers/connect/wrangler.toml ConnectEnv workers/connect/worker-configuration.d.ts
generate test/support/objects.wrangler.toml ObjectsEnv test/support/objects-configuration.d.ts
