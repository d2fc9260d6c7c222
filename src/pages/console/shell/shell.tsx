/**
 * What is around every view: the navigation, who is signed in, and whether the page is connected.
 */
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useIsOperator, useSessionDetails } from './cloud.tsx';
import { ConnectionNotice } from './connection.tsx';
import { FailureBoundary } from './failure-view.tsx';
import { addressOf, type Place, usePlace } from './location.ts';

/** A view of the console. Its component gets the place, of which the route's path is the first part. */
export interface ConsoleRoute {
  path: string;
  /** In the navigation and the title of the page. */
  title: string;
  view: ComponentType<{ place: Place }>;
}

interface ShellProps {
  routes: readonly ConsoleRoute[];
  onSignOut(): void;
}

export function Shell({ routes, onSignOut }: ShellProps) {
  const place = usePlace();
  const [start] = routes;
  const route = place.route === '' ? start : routes.find(({ path }) => path === place.route);
  const name = [route?.title ?? 'Not found', ...place.parts].reverse().join(' · ');
  useEffect(() => {
    document.title = `${name} · Earshot`;
  }, [name]);
  const main = useFocusOnMove(name);
  const View = route?.view ?? Missing;
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="bar">
        <a class="brand" href={addressOf([])}>
          Earshot
        </a>
        <nav aria-label="Console">
          {routes.map(({ path, title }) => (
            <a key={path} href={addressOf([path])} aria-current={path === route?.path ? 'page' : undefined}>
              {title}
            </a>
          ))}
          <a href="/talk/">Talk</a>
        </nav>
        <Person onSignOut={onSignOut} />
      </header>
      <ConnectionNotice />
      <main id="main" tabIndex={-1} ref={main}>
        <FailureBoundary place={`${place.route}/${place.parts.join('/')}`}>
          <View place={place} />
        </FailureBoundary>
      </main>
    </>
  );
}

function Person({ onSignOut }: { onSignOut(): void }) {
  const { gateway } = useSessionDetails();
  return (
    <div class="person">
      <span class="quiet" title={`${gateway.name}, Earshot ${gateway.version}`}>
        {useIsOperator() ? 'Operator' : 'Viewer: changes nothing'}
      </span>
      <button type="button" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  );
}

function Missing({ place }: { place: Place }) {
  return (
    <section class="empty">
      <h1>There is no page here</h1>
      <p>
        The console has nothing at <code>{addressOf([place.route, ...place.parts])}</code>.
      </p>
    </section>
  );
}

/** Another view is another page to somebody who does not see it: the focus moves into it, as it would with a page. */
function useFocusOnMove(name: string) {
  const main = useRef<HTMLElement>(null);
  const shown = useRef(name);
  useEffect(() => {
    if (shown.current === name) return;
    shown.current = name;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [name]);
  return main;
}
