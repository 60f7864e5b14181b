import type { Database } from './database.ts';
import { Refusal } from './errors.ts';
import { lockRegistrations } from './register.ts';
import { retireModel } from './register-models.ts';
import type { Writer } from './types.ts';

/**
 * Remove a synchronizer: its models that nobody else brings, its watchers, what was to be delivered to them.
 *
 * @throws {Refusal} while its models have objects, or a worker of it lives
 */
export async function removeSynchronizer(database: Database, writer: Writer, name: string): Promise<void> {
  await database.transaction(async (tx) => {
    await lockRegistrations(tx);
    const known = await tx.query('select 1 from synchronizers where name = $1 for update', [name]);
    if (known.length === 0)
      throw new Refusal('E_NOT_FOUND', `there is no synchronizer ${JSON.stringify(name)}`);
    const workers = await tx.query<{ name: string }>(
      "select name from workers where synchronizer = $1 and seen > now() - interval '30 seconds' order by name",
      [name],
    );
    if (workers.length > 0) {
      const names = workers.map((worker) => worker.name).join(', ');
      throw new Refusal('E_IN_USE', `${name} was not removed: stop its workers first (${names})`);
    }
    const models = await tx.query<{ name: string }>(
      'select name from models where synchronizer = $1 order by name',
      [name],
    );
    const held: string[] = [];
    for (const model of models) {
      if ((await retireModel(tx, model.name, name)) === 'held') held.push(model.name);
    }
    if (held.length > 0) {
      throw new Refusal(
        'E_IN_USE',
        `${name} was not removed: there are objects of ${held.join(', ')}; delete those first`,
      );
    }
    await tx.query(
      'delete from deliveries where watcher in (select name from watchers where synchronizer = $1)',
      [name],
    );
    await tx.query("delete from pauses where scope = 'synchronizer' and name = $1", [name]);
    await tx.query('delete from synchronizers where name = $1', [name]);
    await tx.query("insert into events (kind, writer, detail) values ('synchronizer removed', $1, $2)", [
      writer.name,
      JSON.stringify({ synchronizer: name }),
    ]);
    await tx.query('select draw_views()');
    await tx.query("select pg_notify('accord_models', '')");
  });
}
