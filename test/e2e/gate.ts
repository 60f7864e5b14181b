import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port that leads to another one while it is open, and nowhere while it is shut. */
export interface Gate {
  readonly port: number;
  open(): Promise<void>;
  /** Breaks what goes through, too. */
  shut(): Promise<void>;
}

/** Build a gate, which is shut at first: nobody listens on `port` then. */
export function buildGate(port: number, to: { readonly host: string; readonly port: number }): Gate {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // One end breaks when the other does.
    socket.on('error', () => undefined);
  };
  let server: Server | undefined;
  return {
    port,
    open: () =>
      new Promise((resolve, reject) => {
        server = createServer((near) => {
          const far = connect(to);
          [near, far].forEach(keep);
          near.pipe(far).pipe(near);
          near.on('close', () => far.destroy());
          far.on('close', () => near.destroy());
        });
        server.once('error', reject).listen(port, '127.0.0.1', resolve);
      }),
    shut: () =>
      new Promise((resolve) => {
        server?.close(() => resolve());
        sockets.forEach((socket) => socket.destroy());
      }),
  };
}
