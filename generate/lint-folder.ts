import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadedModels } from '../define/load-models.ts';
import type { Diagnostic } from '../model/diagnostic.ts';
import { diagnose } from '../model/places.ts';
import { dependenciesOf } from '../plan/dependencies.ts';
import { circlesOf } from '../plan/model-circles.ts';
import { answeredIn } from './author-code.ts';

/** Find models that depend on each other in a circle, at the links that make it. */
export function lintCircles({ models, trees }: LoadedModels): Diagnostic[] {
  const { ofModel } = dependenciesOf(models);
  const circles = circlesOf(new Map(models.map((model) => [model.name, model])), ofModel);
  return circles.flatMap((circle) => {
    const [first] = circle;
    const tree = trees.find(({ messages }) => messages.some(({ name }) => name.text === first));
    const message = tree?.messages.find(({ name }) => name.text === first);
    if (tree === undefined || message === undefined) return [];
    const next = circle[1] ?? first;
    const link = message.members.find((member) => member.kind === 'link' && member.peer.text === next);
    const way = [...circle, ...circle.slice(0, 1)].join(' → ');
    return diagnose(tree, (link ?? message).name, {
      severity: 'warning',
      code: 'dependency-cycle',
      message: `models depend on each other in a circle: ${way}`,
      hint: 'objects must not; else leave one link out of model-deps.yaml',
    });
  });
}

/** Find the models of a synchronizer's folder that no step and no policy answers for. */
export async function lintAnswers(root: string, { trees, models }: LoadedModels): Promise<Diagnostic[]> {
  const isSynchronizer = await access(join(root, 'synchronizer.ts')).then(
    () => true,
    () => false,
  );
  if (!isSynchronizer) return [];
  const abstract = new Set(models.filter((model) => model.abstract).map(({ name }) => name));
  const places = trees.flatMap((tree) => tree.messages.map(({ name }) => ({ tree, name })));
  const { steps, policies } = await answeredIn(
    root,
    places.map(({ name }) => name.text),
  );
  return places
    .filter(({ name: { text } }) => !abstract.has(text) && !steps.has(text) && !policies.has(text))
    .map(({ tree, name }) =>
      diagnose(tree, name, {
        severity: 'info',
        code: 'no-step',
        message: `\`${name.text}\` has neither step nor policy: its objects are clean with every write`,
        hint: 'that may be meant; else `accord generate --target synchronizer --output DIR` shows what one looks like',
      }),
    );
}
