import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';

/** `/pages/7`, or `/pages/7/images/21`. Ids are digits: nothing else gets near the file system. */
const PATH = /^\/pages\/(?<page>\d+)\/?$|^\/pages\/(?<owner>\d+)\/images\/(?<image>\d+)$/;
const MAX_BODY_BYTES = 4096;

/**
 * Create the back end of the demonstration: a web server that knows nothing of Accord.
 *
 * Pages are files that somebody else publishes in `folder`; images are put and deleted over HTTP.
 */
export function createPageServer(folder: string, log: (line: string) => void): Server {
  return createServer((request, response) => {
    answer(folder, request, response)
      .catch((error: unknown) => {
        response.statusCode = 500;
        response.end(`${String(error)}\n`);
      })
      .finally(() => log(`${request.method ?? ''} ${request.url ?? ''} ${response.statusCode}`));
  });
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { page, owner, image } = PATH.exec(request.url ?? '')?.groups ?? {};
  const file =
    page === undefined ? join(folder, owner ?? '', 'images', image ?? '') : join(folder, page, 'index.html');
  if (page === undefined && owner === undefined) end(response, 404);
  else if (request.method === 'GET')
    await serve(file, page === undefined ? 'text/plain' : 'text/html', response);
  else if (page !== undefined) end(response, 405);
  else if (request.method === 'PUT') await store(file, request, response);
  else if (request.method === 'DELETE') {
    // What is gone already is what was asked for.
    await rm(file, { force: true });
    end(response, 204);
  } else end(response, 405);
}

async function serve(file: string, type: string, response: ServerResponse): Promise<void> {
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) {
    end(response, 404);
    return;
  }
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(content);
}

async function store(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (Number(request.headers['content-length'] ?? Infinity) > MAX_BODY_BYTES) {
    end(response, 413);
    return;
  }
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, await text(request));
  end(response, 204);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
