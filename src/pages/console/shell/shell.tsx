/**
 * What is around every view: the navigation, who is signed in, and whether the page is connected.
 */

import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { EmptyState } from '../../design/states.tsx';
import type { ThemeControl } from '../../design/theme.ts';
import { ThemeButton } from '../../design/theme-button.tsx';
import { Toasts } from '../../design/toasts.tsx';
import { useIsOperator, useSessionDetails } from './cloud.tsx';
import { ConnectionNotice } from './connection.tsx';
import { FailureBoundary } from './failure-view.tsx';
import { addressOf, type Place, usePlace } from './location.ts';
import { TALK_PANEL, TalkPanel } from './talk-panel.tsx';

/** A view of the console. Its component gets the place, of which the route's path is the first part. */
export interface ConsoleRoute {
  path: string;
  /** In the navigation and the title of the page. */
  title: string;
  /** Of icons.ts. */
  icon: string;
  view: ComponentType<{ place: Place }>;
}

interface ShellProps {
  routes: readonly ConsoleRoute[];
  theme: ThemeControl;
  onSignOut(): void;
}

export function Shell({ routes, theme, onSignOut }: ShellProps) {
  const place = usePlace();
  const [start] = routes;
  const route = place.route === '' ? start : routes.find(({ path }) => path === place.route);
  const name = [route?.title ?? 'Nothing here', ...place.parts].reverse().join(' · ');
  useEffect(() => {
    document.title = `${name} · Earshot`;
  }, [name]);
  const main = useFocusOnMove(name);
  const View = route?.view ?? Missing;
  const [isTalking, setTalking] = useState(false);
  const talk = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        To the content
      </button>
      <header class="app-bar">
        <a class="brand" href={addressOf([])}>
          <Icon path={icons.earshotIcon} />
          Earshot
        </a>
        <nav class="tabs" aria-label="Console">
          {routes.map(({ path, title, icon }) => (
            <a key={path} href={addressOf([path])} aria-current={path === route?.path ? 'page' : undefined}>
              <Icon path={icon} />
              {title}
            </a>
          ))}
        </nav>
        <span class="space" />
        <Person theme={theme} onSignOut={onSignOut}>
          <button
            type="button"
            class="talk-toggle"
            ref={talk}
            aria-label="Talk"
            aria-expanded={isTalking}
            aria-controls={isTalking ? TALK_PANEL : undefined}
            title="Talk from this browser"
            onClick={() => setTalking(!isTalking)}
          >
            <Icon path={icons.microphoneIcon} />
            <span>Talk</span>
          </button>
        </Person>
      </header>
      <ConnectionNotice />
      <main id="main" class="page wide" tabIndex={-1} ref={main}>
        <FailureBoundary place={`${place.route}/${place.parts.join('/')}`}>
          <View place={place} />
        </FailureBoundary>
      </main>
      {isTalking && (
        <TalkPanel
          onClose={() => {
            setTalking(false);
            talk.current?.focus();
          }}
        />
      )}
      <Toasts />
    </>
  );
}

interface PersonProps extends Pick<ShellProps, 'theme' | 'onSignOut'> {
  children: ComponentChildren;
}

function Person({ theme, onSignOut, children }: PersonProps) {
  const { gateway } = useSessionDetails();
  return (
    <div class="person">
      <span class="pill role" title={`${gateway.name}, Earshot ${gateway.version}`}>
        {useIsOperator() ? 'Operator' : 'Viewer'}
      </span>
      {children}
      <ThemeButton control={theme} />
      <button type="button" class="bare icon-only" aria-label="Sign out" title="Sign out" onClick={onSignOut}>
        <Icon path={icons.signOutIcon} />
      </button>
    </div>
  );
}

function Missing({ place }: { place: Place }) {
  return (
    <EmptyState
      icon={icons.searchIcon}
      title="There is nothing here"
      actions={<a href={addressOf([])}>To the devices</a>}
    >
      The console has no page at <code>{addressOf([place.route, ...place.parts])}</code>
    </EmptyState>
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
