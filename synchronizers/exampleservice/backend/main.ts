/**
 * The demonstration's back end, a process of its own: `main.ts [PORT]`.
 *
 * Serves the folder EXAMPLESERVICE_PAGES on the loopback interface, prints its address, then what it is asked for.
 */
import type { AddressInfo } from 'node:net';
import { pagesFolder } from '../environment.ts';
import { createPageServer } from './pages.ts';

const server = createPageServer(pagesFolder(), (line) => console.log(line));
server.listen(Number(process.argv[2] ?? process.env['EXAMPLESERVICE_PORT'] ?? 0), '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`pages on http://127.0.0.1:${port}`);
});

const stop = (): void => {
  server.close();
  server.closeAllConnections();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
