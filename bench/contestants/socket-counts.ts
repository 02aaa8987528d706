export const ECHO_SOCKETS = 64;
export const BROADCAST_SOCKETS = 2_000;
