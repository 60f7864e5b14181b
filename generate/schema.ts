import { schemaOf } from '../model/json-schema.ts';
import type { ModelDefinition } from '../model/definition.ts';
import { baseName } from './typescript.ts';

/** Write the JSON Schema of models: one definition for each, under `$defs`. */
export function schemaText(models: readonly ModelDefinition[], sources: readonly string[]): string {
  return jsonText({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $comment: `Generated from ${sources.map(baseName).join(', ')}. Edit the xproto, then run \`accord generate\`.`,
    $defs: Object.fromEntries(models.map((model) => [model.name, schemaOf(model)])),
  });
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
