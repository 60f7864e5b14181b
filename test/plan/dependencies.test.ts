import { describe, expect, test } from 'vitest';
import { dependenciesOf } from '../../plan/dependencies.ts';
import { parseModelDeps } from '../../plan/model-deps.ts';
import { link, model } from '../support/models.ts';

const color = model('Color');
const page = model('Page', {
  links: [
    link('foreground', 'Color', { reverseName: 'pages' }),
    link('background', 'Color'),
    link('next', 'Page'),
    link('served_by', 'Color', { state: 'feedback' }),
  ],
});
const image = model('Image', { links: [link('page', 'Page')] });

function of(name: string, models = [color, page, image], deps = '{}') {
  const { ofModel, faults, warnings } = dependenciesOf(models, parseModelDeps(deps).deps);
  const said = ofModel
    .get(name)
    ?.map(({ kind, path, destModel }) => `${kind} ${path.join('.')} → ${destModel}`);
  return { said, faults, warnings };
}

describe('the dependencies of a model', () => {
  test('are all links of its goal, parallel ones and those within one model included', () => {
    expect(of('Page')).toEqual({
      said: ['link foreground → Color', 'link background → Color', 'link next → Page'],
      faults: [],
      warnings: [],
    });
  });

  test('are what model-deps says instead, with a warning for each link that is lost', () => {
    expect(of('Page', undefined, '{"Page": [["Color", "foreground", "pages"]]}')).toEqual({
      said: ['link foreground → Color'],
      faults: [],
      warnings: [
        'model-deps says what Page depends on, and leaves out its link background to Color',
        'model-deps says what Page depends on, and leaves out its link next to Page',
      ],
    });
  });

  test.each([
    ['the plain form: every link to that model', '["Page"]', 'link page → Page', []],
    ['several links', '[["Color", "page.foreground"]]', 'dotted page.foreground → Color', ['page']],
    ['a deliberate guess', '[["Color", "fake_accessor"]]', 'conservative  → Color', ['page']],
  ])('may be given as %s', (_, deps, said, left) => {
    const found = of('Image', undefined, `{"Image": ${deps}}`);
    expect(found.said).toEqual([said]);
    expect(found.warnings).toHaveLength(left.length);
  });

  test('follow links from their other side', () => {
    expect(of('Color', undefined, '{"Color": [["Page", "pages"]], "Page": []}').said).toEqual([
      'dotted pages → Page',
    ]);
  });

  test.each([
    ['nowhere', '["Color", "page.colour"]', 'Image: page.colour leads nowhere'],
    ['elsewhere', '["Color", "page.next"]', 'Image: page.next leads to Page and not to Color'],
  ])('are guessed, with a warning, when an accessor leads %s', (_, dep, warning) => {
    const { said, warnings } = of('Image', undefined, `{"Image": [${dep}]}`);
    expect(said).toEqual(['conservative  → Color']);
    expect(warnings[0]).toBe(`${warning}: its objects wait for all objects of Color`);
  });

  test('name models that are there, or the nearest that is', () => {
    const { faults } = of('Page', undefined, '{"Pages": [], "Image": [["Colour", "page"]]}');
    expect(faults).toEqual([
      'model-deps: Pages is no known model; did you mean Page?',
      'model-deps: Image depends on Colour, and Colour is no known model; did you mean Color?',
    ]);
  });

  test('come from xos_links, too, and once only', () => {
    const linked = {
      ...image,
      xosLinks: ['page', 'page.next', 'gone'].map((via) => ({ model: 'Page', via })),
    };
    expect(of('Image', [color, page, linked]).said).toEqual([
      'link page → Page',
      'dotted page.next → Page',
      'conservative  → Page',
    ]);
  });

  test('lead from subscriber to provider for services and their instances', () => {
    const models = [
      model('Service'),
      model('ServiceInstance'),
      model('Mine', { bases: ['ServiceInstance'] }),
      model('ServiceInstanceLink'),
      model('ServiceDependency'),
    ];
    expect(of('Mine', models).said).toEqual([
      'service-instance-link subscribed_links.provider_service_instance → ServiceInstance',
    ]);
    expect(of('Service', models).said).toEqual([
      'service-dependency subscribed_dependencies.provider_service → Service',
    ]);
    expect(of('Mine', models).warnings).toEqual([]);
  });

  test('are warned of when they go in a circle from model to model, by way of a descendant, too', () => {
    const models = [
      model('A', { links: [link('b', 'Base')] }),
      model('Base'),
      model('B', { bases: ['Base'], links: [link('a', 'A')] }),
    ];
    expect(of('A', models).warnings).toEqual(['models depend on each other in a circle: A → B → A']);
  });
});
