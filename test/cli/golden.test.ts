import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DEFAULTS } from '../../config.ts';
import { DeferredException } from '../../define/index.ts';
import { createLog } from '../../log.ts';
import type { Ref } from '../../model/definition.ts';
import { freePort } from '../../platform/ports.ts';
import { createServer } from '../../server/server.ts';
import { createToken } from '../../store/tokens.ts';
import { createBackend } from '../support/backend.ts';
import { startEngine, type Engine } from '../support/engine.ts';
import { field, link, model } from '../support/models.ts';
import { createNamespace, type TestNamespace } from '../support/namespace.ts';
import { waitFor } from '../support/wait-for.ts';
import { accord as run } from './recorder.ts';

/*
 * What the command line prints, word for word, against a real installation: `vitest run test/cli/golden.test.ts --update`
 * writes it anew; what has changed is then to be read in the diff of golden/.
 */

const FIELDS = [
  field('name', { maxLength: 50 }),
  field('backend_handle', { state: 'feedback', nullable: true }),
];
const MODELS = [
  model('Color', {
    description: 'A colour of the palette.',
    fields: [
      ...FIELDS,
      field('html_code', { maxLength: 20 }),
      field('key', { secret: true, nullable: true }),
    ],
  }),
  model('Instance', {
    description: 'A page of somebody.',
    fields: [...FIELDS, field('size', { type: 'int32', nullable: true, minValue: 0 })],
    links: [link('color', 'Color', { nullable: false })],
  }),
  model('Image', { fields: FIELDS, links: [link('instance', 'Instance')] }),
];
const backend = createBackend();

let temporal: TestNamespace;
let engine: Engine;
let server: FastifyInstance;
let address: string;
let folder: string;
let nobody: string;
const masks: [RegExp | string, string][] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'YYYY-MM-DDThh:mm:ssZ'],
  // The date is there when that was before midnight.
  [/(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\b/g, 'hh:mm:ss'],
  [/(?:\n +at .*)+/g, '\n      at …'],
  [/\b\d+\.\d s\b/g, 'N.N s'],
];

beforeAll(async () => {
  // Its own namespace, so that ids may begin at 1.
  temporal = await createNamespace();
  backend.fail((_kind, { name }) => {
    if (name === 'red') return new Error('HTTP 503 from http://palette.example/colors');
    return name === 'web-3' ? new DeferredException('its instance has no address yet') : undefined;
  });
  const steps = Object.fromEntries(MODELS.map(({ name }) => [name, backend.step(name)]));
  const hours = 36_000_000;
  engine = await startEngine(MODELS, steps, {
    temporal,
    // The second attempt comes at once, the third never.
    settings: { deferralMs: hours, retry: { initialMs: 20, factor: 1e9, maxMs: hours } },
  });
  await engine.store.database.query('alter sequence object_ids restart with 1');
  await setUp();
  await age();

  server = createServer({ store: engine.store, config: DEFAULTS, log: createLog({ level: 'silent' }) });
  await server.listen({ host: '127.0.0.1', port: 0 });
  address = `127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  nobody = `127.0.0.1:${await freePort()}`;
  folder = await mkdtemp(join(tmpdir(), 'accord-golden-'));
  const [worker] = await engine.store.database.query<{ name: string }>('select name from workers');
  masks.unshift(
    [address, 'SERVER'],
    [nobody, 'NOBODY'],
    [`${folder}/`, ''],
    // As wide as what it stands for.
    [engine.synchronizer, 'painter'.padEnd(engine.synchronizer.length)],
    [worker?.name ?? 'nobody', 'worker-1'],
    [process.cwd(), 'HERE'],
  );
});
afterAll(async () => {
  await server.close();
  await engine.stop();
  await temporal.close();
  await rm(folder, { recursive: true });
});

/** Red fails, and holds two; web-3 is deferred; the rest is done. */
async function setUp(): Promise<void> {
  const create = (of: string, fields: Record<string, unknown>): Promise<Ref> => engine.create(of, fields);
  const blue = await create('Color', { name: 'blue', html_code: '#00f', key: 'hunter2' });
  await engine.untilState(blue, 'Synced');
  const red = await create('Color', { name: 'red', html_code: '#f00' });
  await engine.until(red, ({ failures }) => failures === 2, 'to fail twice');
  await engine.untilState(await create('Instance', { name: 'web-1', color: blue, size: 3 }), 'Synced');
  const web2 = await create('Instance', { name: 'web-2', color: red });
  await engine.until(web2, ({ backend_code }) => backend_code === 2, 'to be blocked');
  const web3 = await create('Instance', { name: 'web-3', color: blue });
  await engine.untilState(web3, 'Deferred');
  const logo = await create('Image', { name: 'logo', instance: web2 });
  await engine.until(logo, ({ backend_code }) => backend_code === 2, 'to be blocked');
}

/** Set it all back, so that ages are the same whenever one looks. */
async function age(): Promise<void> {
  const { database } = engine.store;
  const back = "interval '2 hours 30 minutes'";
  await database.query(`update attempts set started = started - ${back}, finished = finished - ${back}`);
  await database.query(`update waits set since = since - ${back}`);
  await database.query(`update events set at = at - ${back}`);
  await database.query(
    `update objects set created = created - interval '3 days 1 hour', updated = updated - ${back}, outcome_at = outcome_at - ${back},
       next_attempt_at = case when next_attempt_at is not null then now() + interval '8 hours 30 minutes' end`,
  );
}

/** What these commands print, as they would be seen in a terminal that keeps both streams apart. */
async function transcript(
  commands: readonly (readonly string[])[],
  options: { readonly server?: string; readonly token?: string } = {},
): Promise<string> {
  const told: string[] = [];
  for (const args of commands) {
    const environment = { ACCORD_TOKEN: options.token ?? '' };
    const { exitCode, stdout, stderr } = await run(
      [...args, '--server', options.server ?? address],
      environment,
    );
    const typed = args.map((arg) => (/^[\w./=,:#-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ');
    told.push(
      [
        `$ accord ${typed}`,
        ...(stdout === '' ? [] : [stdout]),
        ...stderr.split('\n').flatMap((line) => (line === '' ? [] : [`! ${line}`])),
        ...(exitCode === 0 ? [] : [`(exit code ${exitCode})`]),
      ].join('\n'),
    );
  }
  const text = masks.reduce((all, [what, mask]) => all.replaceAll(what, mask), told.join('\n\n'));
  return `${text.replaceAll(/ +$/gm, '')}\n`;
}

async function golden(name: string, ...commands: (readonly string[])[]): Promise<void> {
  await expect(await transcript(commands)).toMatchFileSnapshot(`golden/${name}.txt`);
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

test('get shows what is not done, why, and when it is tried next', async () => {
  await golden(
    'get',
    ['get'],
    ['get', 'Color'],
    ['get', 'Instance'],
    ['get', 'Instance', '-o', 'wide'],
    ['get', 'Color', 'Image'],
    ['get', '--state', 'error,blocked'],
    ['get', 'Image', '--state', 'stalled'],
    ['get', 'Color/blue', '-o', 'json'],
    ['get', 'Instance/web-2', '-o', 'yaml'],
    ['get', 'Instance', '-o', 'name'],
  );
});

test('status shows the fleet at a glance', async () => {
  await waitFor('all to be told to Temporal', async () => {
    const [queue] = await engine.store.database.query<{ depth: number }>(
      'select count(*)::integer as depth from outbox where due <= now()',
    );
    return queue?.depth === 0 ? true : undefined;
  });
  await golden('status', ['status']);
});

test('why leads to the root cause', async () => {
  await golden(
    'why',
    ['why', 'Image/logo'],
    ['why', 'Color/red'],
    ['why', 'Instance/web-3'],
    ['why', 'Color/blue'],
    ['why', 'Color/red', '-o', 'json'],
  );
});

test('describe shows an object on one page', async () => {
  await golden('describe', ['describe', 'Instance/web-2'], ['describe', 'Color/blue', 'Color/red']);
});

test('events tell what has happened', async () => {
  await golden('events', ['events', 'Color/red', 'Instance/web-3'], ['events', '--tail', '3']);
});

test('logs show what was done', async () => {
  await golden(
    'logs',
    ['logs', 'Color/red'],
    ['logs', 'Color/red', '--attempt', '1'],
    ['logs', 'Color/blue'],
    ['logs', 'Image/logo'],
    ['logs', 'Color/red', '--attempt', '9'],
  );
});

test('plan shows what would be done, and writes nothing', async () => {
  const change = await file(
    'change.yaml',
    'model: Color\nname: red\nhtml_code: "#e00"\n---\nmodel: Color\nname: green\nhtml_code: "#0f0"\n---\nmodel: Instance\nname: web-1\nsize: 4\n',
  );
  await golden(
    'plan',
    ['plan', '-f', change],
    ['plan', '--delete', 'Instance/web-2', '--cascade'],
    ['plan'],
    ['plan', '--delete', 'Instance/web-2'],
    ['plan', '-f', change, '-o', 'json'],
  );
});

test('config shows what holds, and all that is wrong', async () => {
  for (const name of Object.keys(process.env).filter((one) => /^(ACCORD|TEMPORAL)_|^DATABASE_URL/.test(one)))
    vi.stubEnv(name, '');
  try {
    vi.stubEnv('DATABASE_URL', 'postgres://accord:hunter2@db.example/accord');
    vi.stubEnv('ACCORD_TOKEN', 'hunter2hunter2hunter2');
    const good = await synchronizer('good', 'name: painter\nlimits: {dns: {concurrency: 4}}\n');
    const bad = await synchronizer('bad', 'name: painter\nlimit: 7\nsys_keep_deleted_hours: long\n');
    await golden('config', ['config', good], ['config', bad], ['config', join(folder, 'nowhere')]);
  } finally {
    vi.unstubAllEnvs();
  }
});

async function synchronizer(name: string, config: string): Promise<string> {
  await mkdir(join(folder, name));
  await file(join(name, 'accord.yaml'), config);
  return join(folder, name);
}

test('errors say what to do next, and have exit codes', async () => {
  const bad = await file('bad.yaml', '- {name: x}\n- 7\n- {model: Colour, name: y}\n');
  const faulty = await file(
    'faulty.yaml',
    '- {model: Instance, name: a, size: -1}\n- {model: Color, nmae: b}\n',
  );
  const broken = await file('broken.yaml', 'model: Color\nname: [\n');
  const commands = [
    ['gte', 'Color'],
    ['get', 'Colr'],
    ['get', 'Palette'],
    ['get', 'Color/99'],
    ['get', 'Color/purple'],
    ['get', 'Color', '-o', 'xml'],
    ['get', 'Color', '--sate', 'error'],
    ['get', '--state', 'eror'],
    ['get', 'Color', '--sort', 'nmae'],
    ['why', 'Color'],
    ['create', 'Color', 'nmae=x'],
    ['create', 'Color', 'name=x'],
    ['create', 'Color', 'name=x', 'html_code=#123', 'enacted=1', 'backend_handle=h'],
    ['create', 'Instance', 'name=x', 'color=purple'],
    ['update', 'Color/blue', 'html_code=#00e', '--if-version', '7'],
    ['apply'],
    ['apply', '-f', join(folder, 'nowhere.yaml')],
    ['apply', '-f', bad],
    ['apply', '-f', faulty],
    ['apply', '-f', broken],
    ['delete', 'Color/blue'],
    ['sync', 'Color/99'],
    ['wait', 'Color/red', '--timeout', '300ms'],
    ['wait', 'Color/99'],
    ['wait', 'Color/blue', '--timeout', 'soon'],
    ['pause', 'Color/blue', '--until', 'later'],
    ['resume'],
    ['logs', 'Color'],
  ];
  await golden('errors', ...commands);
});

test('a server that is not there, or is none, is told from one that refuses', async () => {
  const guarded = createServer({
    store: engine.store,
    config: { ...DEFAULTS, token: 'sesame' },
    log: createLog({ level: 'silent' }),
  });
  await guarded.listen({ host: '127.0.0.1', port: 0 });
  const door = `127.0.0.1:${(guarded.server.address() as AddressInfo).port}`;
  masks.unshift([door, 'GUARDED']);
  const { text: expired } = await createToken(engine.store.database, {
    name: 'old',
    scopes: ['admin'],
    lastsMs: -1000,
  });
  const { text: reader } = await createToken(engine.store.database, {
    name: 'reader',
    scopes: ['read'],
    lastsMs: 60_000,
  });
  try {
    const said = [
      await transcript(
        [
          ['get', 'Color'],
          ['apply', '-f', await file('one.yaml', '{model: Color, name: x}')],
        ],
        { server: nobody },
      ),
      await transcript([['get', 'Color']], { server: 'http://' }),
      await transcript([['get', 'Color']], { server: door }),
      await transcript([['get', 'Color']], { server: door, token: 'wrong' }),
      await transcript([['get', 'Color']], { server: door, token: expired }),
      await transcript(
        [
          ['delete', 'Color/blue'],
          ['sync', 'Color/blue'],
        ],
        { server: door, token: reader },
      ),
    ];
    await expect(said.join('\n')).toMatchFileSnapshot('golden/refused.txt');
  } finally {
    await guarded.close();
  }
});

test('apply says of each object what was done', async () => {
  const palette = await file(
    'palette.yaml',
    '- {model: Color, name: green, html_code: "#0f0"}\n- {model: Color, name: blue, html_code: "#00e"}\n- {model: Instance, name: web-1, size: 3}\n',
  );
  await golden(
    'apply',
    ['apply', '-f', palette, '--dry-run'],
    ['apply', '-f', palette],
    ['apply', '-f', palette],
    ['create', 'Color', 'name=grey', 'html_code=#888'],
    ['update', 'Color/grey', 'html_code=#999'],
    ['update', 'Color/grey', 'html_code=#999'],
    ['pause', 'Color/grey', '--reason', 'a test'],
    ['resume', 'Color/grey'],
  );
});

test('delete refuses what is in use, and names it', async () => {
  await golden(
    'delete',
    ['delete', 'Instance/web-2'],
    ['delete', 'Instance/web-2', '--cascade'],
    ['delete', 'Instance/web-2'],
    ['delete', 'Color/99'],
  );
});
