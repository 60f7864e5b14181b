import { ApplyBody, LINES } from '../apply.ts';
import { PauseBody } from '../pauses.ts';
import { PlanBody } from '../plan.ts';
import type { Schema } from './model-schemas.ts';
import {
  answers,
  flag,
  inPath,
  inQuery,
  integer,
  json,
  limit,
  manyInQuery,
  ref,
  schemaOf,
  STATE_WORDS,
  takes,
} from './pieces.ts';

/** Describe what is not of one model: how objects stand, and what can be done about it. @param models their names */
export function accordPaths(models: readonly string[]): Schema {
  const base = '/xosapi/v1/accord';
  const object = `${base}/objects/{model}/{id}`;
  const model = inPath('model', { type: 'string', ...(models.length > 0 && { enum: models }) });
  const ofObject = [model, inPath('id', integer)];
  const of = (operationId: string): Schema => ({ tags: ['accord'], operationId });
  const after = inQuery('after', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
  const holds = (path: string, name: string, parameters: readonly Schema[]): [string, Schema][] => [
    [
      `${path}/pause`,
      {
        parameters,
        post: { ...of(`pause${name}`), ...takes(schemaOf(PauseBody), false), ...answers(200, 'AccordPause') },
      },
    ],
    [`${path}/resume`, { parameters, post: { ...of(`resume${name}`), ...answers(200, 'AccordResumed') } }],
  ];
  return {
    '/healthz': { get: { ...of('health'), ...answers(200, 'AccordHealth') } },
    '/readyz': { get: { ...of('readiness'), ...answers(200, 'AccordReadiness') } },
    '/metrics': {
      get: {
        ...of('metrics'),
        responses: {
          200: {
            description: 'for Prometheus',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          default: { $ref: '#/components/responses/Refused' },
        },
      },
    },
    [`${base}/models`]: { get: { ...of('listModels'), ...answers(200, 'AccordModels') } },
    [`${base}/summary`]: { get: { ...of('summary'), ...answers(200, 'AccordSummary') } },
    [`${base}/synchronizers`]: {
      get: { ...of('listSynchronizers'), ...answers(200, 'AccordSynchronizers') },
    },
    [`${base}/watchers/{name}/retry`]: {
      parameters: [inPath('name', { type: 'string' })],
      post: {
        ...of('retryWatcher'),
        description: 'Deliver again the events that the watcher has failed on for good.',
        ...answers(200, 'AccordRetried'),
      },
    },
    [`${base}/objects`]: { get: fleetOperation(of('fleet'), after) },
    [`${base}/pauses`]: { get: { ...of('listPauses'), ...answers(200, 'AccordPauses') } },
    [`${base}/events`]: { get: eventsOperation(of('events')) },
    [`${base}/apply`]: {
      post: {
        ...of('apply'),
        description: `For who accepts ${LINES}, lines of JSON while it goes on: {"done", "of"}; at last {"applied"}, or {"error", "status"}.`,
        parameters: [inQuery('dry_run', flag)],
        ...takes(schemaOf(ApplyBody)),
        ...inForms('AccordApplied', LINES),
      },
    },
    [`${base}/plan`]: {
      post: {
        ...of('plan'),
        description:
          'What would be done, and in which order, were this changed; without changes, what is to be done now. Nothing is stored.',
        ...takes(schemaOf(PlanBody), false),
        ...answers(200, 'AccordPlan'),
      },
    },
    [`${object}/why`]: { parameters: ofObject, get: { ...of('why'), ...answers(200, 'AccordWhy') } },
    [`${object}/sync`]: {
      parameters: ofObject,
      post: {
        ...of('sync'),
        responses: {
          202: { description: 'it is due', ...json({ type: 'object' }) },
          default: { $ref: '#/components/responses/Refused' },
        },
      },
    },
    [`${object}/dependencies`]: {
      parameters: ofObject,
      get: { ...of('dependencies'), parameters: [after, limit], ...answers(200, 'AccordNeighbours') },
    },
    [`${object}/graph`]: {
      parameters: ofObject,
      get: {
        ...of('graph'),
        parameters: [inQuery('hops', { type: 'integer', minimum: 1, maximum: 4, default: 2 })],
        ...answers(200, 'AccordGraph'),
      },
    },
    [`${base}/graph`]: { get: { ...of('modelGraph'), ...answers(200, 'AccordModelGraph') } },
    [`${object}/dependents`]: {
      parameters: ofObject,
      get: { ...of('dependents'), parameters: [after, limit], ...answers(200, 'AccordNeighbours') },
    },
    [`${object}/cascade`]: {
      parameters: ofObject,
      get: {
        ...of('cascade'),
        description: 'What would be deleted with the object, in the order of deletion.',
        parameters: [after, limit],
        ...answers(200, 'AccordCascade'),
      },
    },
    [`${object}/events`]: {
      parameters: ofObject,
      get: {
        ...of('eventsOfObject'),
        parameters: [inQuery('before', integer), limit],
        ...answers(200, 'AccordEventsOfObject'),
      },
    },
    ...attemptPaths(`${object}/attempts`, ofObject),
    ...Object.fromEntries([
      ...holds(object, 'Object', ofObject),
      ...holds(`${base}/models/{model}`, 'Model', [model]),
      ...holds(`${base}/synchronizers/{name}`, 'Synchronizer', [inPath('name', { type: 'string' })]),
    ]),
  };
}

function attemptPaths(all: string, ofObject: readonly Schema[]): Schema {
  const of = (operationId: string): Schema => ({ tags: ['accord'], operationId });
  const parameters = [...ofObject, inPath('number', { ...integer, maximum: 999_999_999 })];
  const after = inQuery('after', { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
  const one = `${all}/{number}`;
  return {
    [all]: {
      parameters: ofObject,
      get: {
        ...of('listAttempts'),
        parameters: [inQuery('before', integer), limit],
        ...answers(200, 'AccordAttempts'),
      },
    },
    [one]: { parameters, get: { ...of('attempt'), ...answers(200, 'AccordAttempt') } },
    [`${one}/events`]: {
      parameters,
      get: {
        ...of('eventsOfAttempt'),
        description:
          'A list; or, for who accepts text/event-stream, all that follows until the attempt has ended.',
        parameters: [after, limit],
        ...inForms('AccordAttemptEvents', 'text/event-stream'),
      },
    },
    [`${one}/output`]: { parameters, get: { ...of('outputOfAttempt'), ...answers(200, 'AccordOutput') } },
    [`${one}/bundle`]: { parameters, get: { ...of('bundleOfAttempt'), ...answers(200, 'AccordBundle') } },
  };
}

function fleetOperation(operation: Schema, after: Schema): Schema {
  const text = { type: 'string' };
  const id = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  return {
    ...operation,
    description: 'The objects of all models in few words, by id.',
    parameters: [
      inQuery('model', text, 'of these models, separated by commas'),
      manyInQuery('state', STATE_WORDS, 'in these states; `blocked` is what waits for a failed object'),
      inQuery(
        'q',
        { type: 'string', maxLength: 500 },
        'with these words in `Model/id`, in the name, or in what the last attempt said',
      ),
      after,
      inQuery('until', id, 'the last id'),
      limit,
    ],
    ...answers(200, 'AccordFleet'),
  };
}

/** One address, and two forms of what it tells. */
function eventsOperation(operation: Schema): Schema {
  const cursor = { type: 'string', pattern: '^\\d{1,19}-\\d{1,15}$' };
  return {
    ...operation,
    description:
      'A list; or, for who accepts text/event-stream, all that follows, resumable by Last-Event-ID.',
    parameters: [inQuery('after', cursor), limit, inQuery('model', { type: 'string' })],
    ...inForms('AccordEvents', 'text/event-stream'),
  };
}

/** As one answer, or bit by bit as it comes. */
function inForms(shape: string, stream: string): Schema {
  const content = {
    'application/json': { schema: ref(shape) },
    [stream]: { schema: { type: 'string' } },
  };
  return {
    responses: { 200: { description: 'done', content }, default: { $ref: '#/components/responses/Refused' } },
  };
}
