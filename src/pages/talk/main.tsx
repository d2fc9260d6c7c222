/**
 * The talk page: anyone with a browser talks with Earshot.
 */
import { createRef, render } from 'preact';
import type { LevelMeterHandle } from '../design/level-meter.tsx';
import { startTheme } from '../design/theme.ts';
import { isInPanel } from '../panel/pairing-message.ts';
import { INITIAL_STATE, type PageEvent, type PageState, reduce } from './model/page-state.ts';
import { describeBrowser, loadPreferences } from './model/preferences.ts';
import { offerInstallation } from './session/installation.ts';
import { listenToTalkKeys } from './session/keys.ts';
import { createTalkSession } from './session/talk-session.ts';
import { TalkPage } from './view/talk-page.tsx';

const INSECURE = { code: 'insecure_context', message: 'The browser gives no microphone to a page over http.' };

async function start(): Promise<void> {
  const page = document.getElementById('page');
  const storage = findStorage();
  const theme = startTheme();
  document.body.classList.toggle('in-panel', isInPanel());
  const meter = createRef<LevelMeterHandle>();
  const preferences = loadPreferences(storage, describeBrowser(navigator.userAgent, randomHex()));
  let state: PageState = { ...INITIAL_STATE, preferences };
  const dispatch = (event: PageEvent) => {
    state = reduce(state, event);
    draw();
  };
  const inspect = new URLSearchParams(location.search).has('inspect') ? await startInspection() : undefined;
  const session = createTalkSession({
    state: () => state,
    dispatch,
    storage,
    onLevel: ({ microphoneDb }) => meter.current?.show(microphoneDb),
    inspect,
    install: offerInstallation(window, (canInstall) => dispatch({ type: 'installable', canInstall })),
  });

  function draw(): void {
    if (!page) return;
    const { actions } = session;
    render(<TalkPage state={state} nowMs={Date.now()} actions={actions} meter={meter} theme={theme} />, page);
  }

  draw();
  // Waits are told in seconds.
  setInterval(() => (state.link.state === 'reconnecting' || state.pairing) && draw(), 1_000);
  listenToTalkKeys(document, session.actions);
  if (!isSecureContext) dispatch({ type: 'problem', problem: INSECURE });
  session.start();
  // Not before the page can be used.
  const { EXPLANATIONS, prepareOfflineStart } = await import('./session/after-start.ts');
  dispatch({ type: 'explanations', explanations: EXPLANATIONS });
  prepareOfflineStart();
}

async function startInspection() {
  const { createInspection } = await import('./inspect/inspection.ts');
  return createInspection();
}

function findStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    // The browser stores nothing for this page: it has to be paired each time.
    return undefined;
  }
}

function randomHex(): string {
  return crypto.getRandomValues(new Uint16Array(1))[0]?.toString(16).padStart(4, '0') ?? '';
}

void start();
