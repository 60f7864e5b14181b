import { createAsk, type Ask } from '../client/request.ts';

const TOKEN = 'accord-token';

/** What the server asks for, where it does; as long as this tab is open, and in no other. */
export const token = (): string | undefined => sessionStorage.getItem(TOKEN) ?? undefined;

/** Use this token, from the next request on. */
export function setToken(value: string): void {
  sessionStorage.setItem(TOKEN, value);
}

/** Send a request to the server that the page came from. */
export const ask: Ask = (method, path, content) =>
  createAsk({ server: location.origin, token: token() })(method, path, content);

/** An object by its name, `Model/id`. */
export interface Ref {
  readonly model: string;
  readonly id: number;
}

export function refIn(text: string): Ref | undefined {
  const [, model, id] = /^([A-Za-z_]\w*)\/([1-9]\d{0,15})$/.exec(text.trim()) ?? [];
  return model === undefined ? undefined : { model, id: Number(id) };
}

export const spell = ({ model, id }: Ref): string => `${model}/${id}`;

/** The path of what operators ask of an object, or do to it. */
export const operate = ({ model, id }: Ref, what: string): string =>
  `/xosapi/v1/accord/objects/${model}/${id}/${what}`;
