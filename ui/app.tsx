import { useEffect, useRef, type ReactNode } from 'react';
import { ApiError } from '../client/request.ts';
import { spell } from './ask.ts';
import { Activity } from './activity.tsx';
import { Api } from './api.tsx';
import { Failures } from './failures.tsx';
import { EditObject } from './form/edit-object.tsx';
import { NewObject } from './form/new-object.tsx';
import { GraphPage } from './graph/graph-page.tsx';
import { Fleet } from './fleet/fleet.tsx';
import { Header } from './header.tsx';
import { Help } from './help.tsx';
import { useKeys } from './keys.ts';
import { Models } from './models.tsx';
import { ObjectPage } from './object/object-page.tsx';
import { useSummary } from './queries.ts';
import { Rail } from './rail.tsx';
import { go, useRoute, type Route } from './route.ts';
import { Synchronizers } from './synchronizers.tsx';
import { TokenForm } from './token-form.tsx';

/** The operator's page: what is not done, why, and when it will be tried next. */
export function App(): ReactNode {
  const route = useRoute();
  const summary = useSummary();
  const help = useRef<HTMLDialogElement>(null);
  const title = titleOf(route);

  useEffect(() => {
    document.title = `${title} – Accord`;
  }, [title]);
  const search = useSearchKey(route);
  useKeys({
    '/': search,
    '?': () => help.current?.showModal(),
  });

  if (summary.error instanceof ApiError && summary.error.status === 401) return <TokenForm />;
  return (
    <>
      <a className="skip" href="#main" onClick={skip}>
        To the content
      </a>
      <Header summary={summary.data} search={route.screen === 'objects' ? route.search : ''} />
      <div className="body">
        <Rail
          screen={route.screen}
          failures={summary.data?.causes.count ?? 0}
          onHelp={() => help.current?.showModal()}
        />
        <main id="main" tabIndex={-1}>
          <Screen route={route} />
        </main>
      </div>
      <Help dialog={help} />
    </>
  );
}

/** Go to where one searches, from any screen. */
function useSearchKey({ screen }: Route): () => void {
  const isWanted = useRef(false);
  useEffect(() => {
    // Only now is the field there.
    if (screen === 'objects' && isWanted.current) focusSearch();
    isWanted.current = false;
  }, [screen]);
  return () => {
    isWanted.current = screen !== 'objects';
    if (isWanted.current) go({ screen: 'objects', search: '' });
    else focusSearch();
  };
}

const focusSearch = (): void => document.querySelector<HTMLInputElement>('#search')?.focus();

function Screen({ route }: { readonly route: Route }): ReactNode {
  switch (route.screen) {
    case 'objects':
      return <Fleet search={route.search} />;
    case 'object':
      return <ObjectPage key={spell(route.ref)} target={route.ref} />;
    case 'edit':
      return <EditObject key={spell(route.ref)} target={route.ref} />;
    case 'graph':
      return <GraphPage target={route.ref} />;
    case 'new':
      return <NewObject key={route.model} model={route.model} />;
    case 'failures':
      return <Failures />;
    case 'activity':
      return <Activity />;
    case 'models':
      return <Models />;
    case 'api':
      return <Api />;
    case 'synchronizers':
      return <Synchronizers />;
  }
}

function titleOf(route: Route): string {
  if (route.screen === 'object') return spell(route.ref);
  if (route.screen === 'edit') return `Edit ${spell(route.ref)}`;
  if (route.screen === 'api') return 'API';
  if (route.screen === 'new') return `New ${route.model}`;
  return route.screen.charAt(0).toUpperCase() + route.screen.slice(1);
}

/** The address behind `#` is the screen: a plain link to a place in the page would leave it. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#main')?.focus();
}
