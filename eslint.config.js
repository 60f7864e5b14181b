import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * The arrow table: what each room may import besides itself. ARCHITECTURE.md draws it.
 *
 * `config.ts` and `log.ts` stand apart, for all rooms but the pure ones.
 */
/** @type {Record<string, readonly string[]>} */
const ROOMS = {
  model: [],
  plan: ['model'],
  define: ['model', 'plan'],
  store: ['model', 'plan', 'define'],
  backend: ['model', 'plan', 'define'],
  // workflows/ is replayed: it may know only what is pure, and of the activities their types.
  workflows: ['model', 'plan'],
  activities: ['model', 'plan', 'define', 'store', 'backend'],
  client: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'workflows'],
  worker: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'client', 'workflows'],
  server: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'client'],
  platform: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'client', 'worker', 'server'],
  generate: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'client', 'worker', 'server'],
  // In a browser: of the client, what sends a request, and the types of what is said.
  ui: ['client'],
  testing: ['model', 'plan', 'define', 'store', 'backend', 'activities', 'client', 'worker', 'server'],
};

const PURE = ['model', 'plan', 'workflows'];

const everyRoom = [...Object.keys(ROOMS), 'cli'];

const arrows = Object.entries(ROOMS).map(([room, allowed]) => {
  const forbidden = everyRoom.filter((other) => other !== room && !allowed.includes(other));
  const isTypesOnly = (other) => room === 'workflows' && other === 'activities';
  return {
    files: [`${room}/**/*.ts`, `${room}/**/*.tsx`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            ...forbidden.map((other) => ({
              group: [`../${other}/*`, `../../${other}/*`],
              message: `${room}/ may not import ${other}/ (see the table in eslint.config.js)`,
              allowTypeImports: isTypesOnly(other),
            })),
            ...(PURE.includes(room)
              ? [
                  {
                    regex: '^node:|/(config|log)\\.ts$',
                    message: `${room}/ is pure: no node:, no clock, no log`,
                  },
                ]
              : []),
          ],
        },
      ],
      ...(room === 'workflows' || room === 'plan'
        ? {
            'no-restricted-globals': ['error', 'Date', 'setTimeout', 'setInterval', 'process', 'fetch'],
            'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
          }
        : {}),
    },
  };
});

export default defineConfig(
  globalIgnores(['node_modules/', '.accord/', 'dist/', '**/*.gen.ts', 'ui/dist/']),
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A step that returns nothing is `Promise<Feedback | void>`: that is what authors write.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Ids and counts are numbers, and belong into messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => log.info(…)` is how one-line callbacks read best.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Author hooks and activities are async by contract, whether they wait or not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // What runs before anything is installed, or on any Node.
    files: ['**/*.js', '**/*.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(
        ['process', 'console', 'URL', 'setInterval', 'clearInterval'].map((name) => [name, 'readonly']),
      ),
    },
  },
  ...arrows,
);
