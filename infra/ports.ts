import { connect, createServer } from "node:net";

/**
 * A TCP port that nothing listens on at this moment. It is not kept: another program may take it before the caller does,
 * so whoever starts a server on it tries again with another one when the server says that it is taken.
 *
 * @param host loopback unless given
 */
export function freePort(host = "127.0.0.1"): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port: 0, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error(`no port on ${host}`));
        else resolve(address.port);
      });
    });
  });
}

/** Whether something accepts TCP connections there, within `timeoutMs` milliseconds. */
export function isListening(port: number, host = "127.0.0.1", timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => answer(true));
    socket.once("timeout", () => answer(false));
    socket.once("error", () => answer(false));
  });
}
