/// <reference path="./edge/worker-configuration.d.ts" />
/// <reference path="./identity/worker-configuration.d.ts" />
/// <reference path="./keys/worker-configuration.d.ts" />
/// <reference path="./connect/worker-configuration.d.ts" />
