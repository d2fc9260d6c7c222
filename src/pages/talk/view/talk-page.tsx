/**
 * The whole page, drawn from its state.
 */

import type { RefObject } from 'preact';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import type { LevelMeterHandle } from '../../design/level-meter.tsx';
import type { ThemeControl } from '../../design/theme.ts';
import type { PageState } from '../model/page-state.ts';
import type { PersonActions } from '../model/person-actions.ts';
import { explain, linkStatus, spokenText } from '../model/words.ts';
import { Captions } from './captions.tsx';
import { Dock } from './dock.tsx';
import { later } from './later.tsx';
import { OfferedNotice, TurnNotices } from './notices.tsx';
import { ProblemCard } from './problem-card.tsx';

const PairingCard = later(async () => (await import('./pairing-card.tsx')).PairingCard);
const SettingsDialog = later(async () => (await import('./settings-dialog.tsx')).SettingsDialog);

/** This tab has no connection, and makes none. */
const ELSEWHERE = { tone: undefined, text: 'In another tab' } as const;

interface Props {
  state: PageState;
  /** ms since 1970. */
  nowMs: number;
  actions: PersonActions;
  meter: RefObject<LevelMeterHandle | null>;
  theme: ThemeControl;
}

export function TalkPage({ state, nowMs, actions, meter, theme }: Props) {
  const { link, pairing, preferences, isElsewhere, isSettingsOpen } = state;
  const explanation = explain(state);
  const { tone, text } = isElsewhere ? ELSEWHERE : linkStatus(link, nowMs);
  const isRefused = link.state === 'refused' || isElsewhere;
  const isInsecure = state.problem?.code === 'insecure_context';
  const shownPairing = link.state === 'pairing' && !explanation ? pairing : undefined;
  const isBlocked = isRefused || isInsecure || shownPairing !== undefined;
  return (
    <>
      {!shownPairing && (
        <a class="skip" href="#talk">
          To the talk button
        </a>
      )}
      <header class="app-bar">
        <h1 class="brand">
          <Icon path={icons.earshotIcon} />
          <span>Earshot</span>
        </h1>
        <p id="status" class="pill" data-tone={tone} data-link={link.state} role="status">
          <i class={link.state === 'connected' || isElsewhere ? 'dot' : 'dot live'} aria-hidden="true" />
          <span class="clip">{text}</span>
        </p>
        <button
          type="button"
          id="open-settings"
          class="bare icon-only"
          aria-label="Settings"
          onClick={() => actions.openSettings(true)}
        >
          <Icon path={icons.settingsIcon} />
        </button>
      </header>
      <main class="talk-main" id="main">
        <TurnNotices state={state} />
        <OfferedNotice state={state} isBlocked={isBlocked} hear={actions.hear} />
        {explanation && (
          <ProblemCard
            explanation={explanation}
            onAct={actions.act}
            onDismiss={isRefused || isInsecure ? undefined : actions.dismissProblem}
          />
        )}
        {shownPairing ? (
          <PairingCard pairing={shownPairing} name={preferences.name} nowMs={nowMs} onMissing={actions.missPart} />
        ) : (
          <Captions state={state} isEmptyShown={!explanation} />
        )}
      </main>
      {!shownPairing && <Dock state={state} actions={actions} isBlocked={isBlocked} meter={meter} />}
      {isSettingsOpen && <SettingsDialog state={state} actions={actions} theme={theme} onMissing={actions.missPart} />}
      <p class="hidden-text" role="status" id="spoken">
        {spokenText(state)}
      </p>
    </>
  );
}
