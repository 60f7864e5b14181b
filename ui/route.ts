import { useSyncExternalStore } from 'react';
import { refIn, spell, type Ref } from './ask.ts';

/** What the page shows. It stands in the address, behind the `#`, so that it can be sent to others. */
export type Route =
  | { readonly screen: 'objects'; readonly search: string }
  | { readonly screen: 'object' | 'edit'; readonly ref: Ref }
  | { readonly screen: 'new'; readonly model: string }
  /** Round an object; without one, by model. */
  | { readonly screen: 'graph'; readonly ref?: Ref }
  | { readonly screen: 'failures' | 'activity' | 'models' | 'synchronizers' | 'api' };

export function useRoute(): Route {
  return routeIn(useSyncExternalStore(onHash, () => location.hash));
}

/** The route of an address; what is none is the fleet. */
function routeIn(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  switch (path) {
    case 'failures':
    case 'activity':
    case 'models':
    case 'synchronizers':
    case 'api':
      return { screen: path };
  }
  const [first = '', rest = ''] = path.split(/\/(.*)/, 2);
  if (first === 'new' && /^\w+$/.test(rest)) return { screen: 'new', model: rest };
  const ref = refIn(rest);
  if (first === 'graph') return ref === undefined ? { screen: 'graph' } : { screen: 'graph', ref };
  if (ref !== undefined && first === 'objects') return { screen: 'object', ref };
  if (ref !== undefined && first === 'edit') return { screen: 'edit', ref };
  return { screen: 'objects', search: new URLSearchParams(query).get('q') ?? '' };
}

export function addressOf(route: Route): string {
  if (route.screen === 'object') return `#/objects/${spell(route.ref)}`;
  if (route.screen === 'edit') return `#/edit/${spell(route.ref)}`;
  if (route.screen === 'graph') return route.ref === undefined ? '#/graph' : `#/graph/${spell(route.ref)}`;
  if (route.screen === 'new') return `#/new/${route.model}`;
  if (route.screen !== 'objects') return `#/${route.screen}`;
  return route.search === '' ? '#/objects' : `#/objects?q=${encodeURIComponent(route.search)}`;
}

export function go(route: Route): void {
  location.hash = addressOf(route);
}

/** Another search of the same screen: the way back leads past all its letters. */
export function replaceSearch(search: string): void {
  history.replaceState(null, '', addressOf({ screen: 'objects', search }));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function onHash(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}
