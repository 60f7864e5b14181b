import { useId, type ReactNode } from 'react';
import type { ApiField } from '../../client/wire.ts';
import { plain } from '../words.ts';
import { LinkPicker } from './link-picker.tsx';

/** What every control of a form is given. */
export interface Control {
  readonly id: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-required': boolean;
}

/** A field of a form, with what it is for and what is wrong with it. */
export function FormField({
  field,
  isNew,
  text,
  fault,
  onText,
}: {
  readonly field: ApiField;
  readonly isNew: boolean;
  readonly text: string;
  readonly fault: string | undefined;
  readonly onText: (text: string) => void;
}): ReactNode {
  const id = useId();
  const { name, help_text, required, repeated } = field;
  const control: Control = {
    id,
    'aria-describedby': `${id}-about`,
    'aria-invalid': fault !== undefined,
    'aria-required': required,
  };
  return (
    <div className="form-field">
      <label htmlFor={id}>
        {name}
        {required && <span aria-hidden="true"> *</span>}
      </label>
      {inputOf(field, { isNew, text, onText, control })}
      <p id={`${id}-about`} className="hint">
        {fault !== undefined && <span className="fault">{plain(fault)} </span>}
        {plain(help_text)}
        {repeated && field.type !== 'link' && ' One in each line.'}
      </p>
    </div>
  );
}

interface Given {
  readonly isNew: boolean;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly control: Control;
}

function inputOf(field: ApiField, { isNew, text, onText, control }: Given): ReactNode {
  const { name, type, peer, repeated, secret, choices, required } = field;
  const common = {
    ...control,
    value: text,
    onChange: (event: { readonly target: { readonly value: string } }) => onText(event.target.value),
  };
  if (peer !== null)
    return <LinkPicker peer={peer} isMany={repeated} text={text} onText={onText} control={control} />;
  if (secret)
    return (
      <input
        {...common}
        type="password"
        autoComplete="new-password"
        placeholder={isNew ? '' : 'stays as it is'}
      />
    );
  const offered = choices ?? (type === 'bool' ? ['true', 'false'] : null);
  if (offered !== null && !repeated)
    return (
      <select {...common}>
        {(!required || text === '') && <option value="">–</option>}
        {offered.map(String).map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  if (repeated || (type === 'string' && name !== 'name')) return <textarea {...common} rows={1} />;
  return <input {...common} autoComplete="off" inputMode={type === 'string' ? 'text' : 'decimal'} />;
}
