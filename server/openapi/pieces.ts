import { z } from 'zod';
import type { Schema } from './model-schemas.ts';
import { STATES } from './shapes.ts';

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
export const json = (schema: Schema): Schema => ({ content: { 'application/json': { schema } } });
export const answers = (status: number, shape: string, description = 'done'): Schema => ({
  responses: {
    [status]: { description, ...json(ref(shape)) },
    default: { $ref: '#/components/responses/Refused' },
  },
});
export const takes = (schema: Schema, required = true): Schema => ({
  requestBody: { required, ...json(schema) },
});

export const integer = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
export const inPath = (name: string, schema: Schema): Schema => ({
  name,
  in: 'path',
  required: true,
  schema,
});
export const inQuery = (name: string, schema: Schema, description?: string): Schema => ({
  name,
  in: 'query',
  schema,
  ...(description !== undefined && { description }),
});
export const flag = { type: 'string', enum: ['true', 'false'], default: 'false' };
export const limit = inQuery('limit', { type: 'integer', minimum: 1, maximum: 1000, default: 100 });
export const STATE_WORDS: Schema = {
  type: 'string',
  enum: [...STATES.map((word) => word.toLowerCase()), 'blocked'],
};

/** Values separated by commas. */
export function manyInQuery(name: string, items: Schema, description: string): Schema {
  return {
    ...inQuery(name, { type: 'array', items, minItems: 1 }, `${description}; separated by commas`),
    explode: false,
  };
}

export function schemaOf(shape: z.ZodType): Schema {
  const schema: Record<string, unknown> = {
    ...z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
  };
  // The document says it once, for all.
  delete schema['$schema'];
  return schema;
}
