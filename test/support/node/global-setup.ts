/** Starts what every integration test shares. Filled in by the local backends. */
export default function setup(): void {}
