import { useEffect, useRef, type ReactNode } from 'react';
import { addressOf, type Route } from './route.ts';
import { count } from './words.ts';

const SCREENS = [
  ['objects', 'Objects'],
  ['failures', 'Failures'],
  ['graph', 'Graph'],
  ['activity', 'Activity'],
  ['models', 'Models'],
  ['synchronizers', 'Synchronizers'],
  ['api', 'API'],
] as const;

/** The way from screen to screen. */
export function Rail({
  screen,
  failures,
  onHelp,
}: {
  readonly screen: Route['screen'];
  readonly failures: number;
  readonly onHelp: () => void;
}): ReactNode {
  const here = ['object', 'edit', 'new'].includes(screen) ? 'objects' : screen;
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone it is a strip that not all of them fit.
    rail.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    // What is counted comes later, and moves the rest along.
  }, [here, failures]);
  return (
    <nav className="rail" aria-label="Screens" ref={rail}>
      {SCREENS.map(([name, title]) => (
        <a
          key={name}
          href={addressOf(name === 'objects' ? { screen: name, search: '' } : { screen: name })}
          aria-current={name === here ? 'page' : undefined}
        >
          {title}
          {name === 'failures' && failures > 0 && <span className="pill tone-red">{count(failures)}</span>}
        </a>
      ))}
      <button type="button" className="quiet" onClick={onHelp}>
        Keys <kbd>?</kbd>
      </button>
    </nav>
  );
}
