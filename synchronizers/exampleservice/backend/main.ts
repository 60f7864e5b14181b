/**
 * The example's back end, a process of its own: `main.ts [PORT [HOST]]`.
 *
 * Serves the folder EXAMPLESERVICE_PAGES, on the loopback interface unless a host is named; prints its address, then
 * what it is asked for.
 */
import type { AddressInfo } from 'node:net';
import { BACKEND_PORT, pagesFolder } from '../environment.ts';
import { createPageServer } from './pages.ts';

const [port = String(BACKEND_PORT), host = '127.0.0.1'] = process.argv.slice(2);
const server = createPageServer(pagesFolder(), (line) => console.log(line));
server.listen(Number(port), host, () => {
  const { address, port: listened } = server.address() as AddressInfo;
  console.log(`pages on http://${address}:${listened}`);
});

const stop = (): void => {
  server.close();
  server.closeAllConnections();
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
