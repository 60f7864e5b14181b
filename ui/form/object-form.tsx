import { useState, type ReactNode } from 'react';
import { ApiError } from '../../client/request.ts';
import type { ApiField, ApiModel } from '../../client/wire.ts';
import { CommandLine } from '../command-line.tsx';
import { quoted } from '../shell.ts';
import { Trouble } from '../trouble.tsx';
import { changesIn, type Draft } from './draft.ts';
import { FormField } from './form-field.tsx';

/** A form for the goal of an object: what is wrong with a field is said beside it. */
export function ObjectForm({
  model,
  before,
  draft,
  isNew,
  error,
  isPending,
  command,
  onDraft,
  onSave,
  onCancel,
}: {
  readonly model: ApiModel;
  /** What is stored. */
  readonly before: Draft;
  readonly draft: Draft;
  readonly isNew: boolean;
  /** Why the last try was refused. */
  readonly error: Error | null;
  readonly isPending: boolean;
  /** What does the same, without the fields. */
  readonly command: string;
  readonly onDraft: (draft: Draft) => void;
  readonly onSave: (changes: Readonly<Record<string, unknown>>) => void;
  readonly onCancel: () => void;
}): ReactNode {
  const fields = fieldsOf(model);
  const changes = changesIn(fields, before, draft);
  const [isAll, setAll] = useState(false);
  // Models bring many fields that few objects use: what must be given or is set comes first.
  const isFirst = ({ name, required }: ApiField): boolean =>
    required || before[name] !== '' || name === 'name';
  const faults = faultsIn(error);
  const isHidden = (field: ApiField): boolean =>
    !isAll && !isFirst(field) && draft[field.name] === before[field.name] && !faults.has(field.name);
  const rest = fields.filter(isHidden);
  return (
    <form
      className="card object-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // What is typed for a link and not picked keeps the form here; all else the server judges.
        if (event.currentTarget.checkValidity()) onSave(changes);
      }}
    >
      {fields.some(({ required }) => required) && <p className="hint">* must be given</p>}
      {fields
        .filter((field) => !isHidden(field))
        .map((field) => (
          <FormField
            key={field.name}
            field={field}
            isNew={isNew}
            text={draft[field.name] ?? ''}
            fault={faults.get(field.name)}
            onText={(text) => onDraft({ ...draft, [field.name]: text })}
          />
        ))}
      {rest.length > 0 && (
        <button type="button" className="quiet more" onClick={() => setAll(true)}>
          {rest.length === 1 ? 'One more field' : `${rest.length} more fields`}:{' '}
          {rest.map(({ name }) => name).join(', ')}
        </button>
      )}
      <Trouble error={isSaidByFields(error, fields) ? null : error} />
      <CommandLine line={lineOf(command, fields, changes)} />
      <div className="buttons">
        <button
          type="submit"
          className="primary"
          disabled={isPending || (!isNew && Object.keys(changes).length === 0)}
        >
          {isNew ? 'Create' : 'Save'}
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

export const fieldsOf = ({ fields }: ApiModel): ApiField[] =>
  fields.filter(({ state }) => state === 'declarative');

function faultsIn(error: Error | null): ReadonlyMap<string, string> {
  const faults = error instanceof ApiError ? error.faults : [];
  return new Map(faults.flatMap(({ field, message }) => (field === undefined ? [] : [[field, message]])));
}

function isSaidByFields(error: Error | null, fields: readonly ApiField[]): boolean {
  if (!(error instanceof ApiError) || error.faults.length === 0) return false;
  return error.faults.every(({ field }) => fields.some(({ name }) => name === field));
}

/** The line that does the same; a secret is for whoever types it to fill in. */
function lineOf(
  command: string,
  fields: readonly ApiField[],
  changes: Readonly<Record<string, unknown>>,
): string {
  const secrets = new Set(fields.filter(({ secret }) => secret).map(({ name }) => name));
  const given = Object.entries(changes).map(([name, value]) => {
    if (secrets.has(name)) return `${name}=…`;
    return quoted(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  });
  return [command, ...given].join(' ');
}
