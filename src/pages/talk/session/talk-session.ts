/**
 * What happens on the page: the client with its connection, the audio, and what the person does.
 */
import type { TurnDatabase } from '../../../client/browser/turn-database.ts';
import type { Client, ClientOptions, Turn } from '../../../client/client.ts';
import { DeviceClient } from '../../../client/device-client.ts';
import { noFrames } from '../../../client/no-frames.ts';
import { errorInfo } from '../../../core/errors.ts';
import { tellPairing } from '../../panel/pairing-message.ts';
import type { PageEvent, PageState, Problem } from '../model/page-state.ts';
import type { PersonActions } from '../model/person-actions.ts';
import { deviceNameIn, savePreferences } from '../model/preferences.ts';
import { createPress } from '../model/press.ts';
import { followClient } from './follow-client.ts';
import { createAudioControl, FRAMES_PER_PACKET } from './page-audio.ts';
import { createTabLock } from './tab-lock.ts';
import { openUnsentTurns } from './unsent-turns.ts';
import { createWakeLock } from './wake-lock.ts';

interface SessionOptions {
  /** The current state of the page. */
  state(): PageState;
  dispatch(event: PageEvent): void;
  /** Undefined: the browser stores nothing for this page. */
  storage: Storage | undefined;
  onLevel(levels: { microphoneDb: number; speakerDb: number }): void;
  inspect: ClientOptions['inspect'];
  /** Shows the browser's offer to install the page. */
  install(): void;
}

export interface TalkSession {
  actions: PersonActions;
  start(): void;
}

const MISSING_PART: Problem = {
  code: 'page_incomplete',
  message: 'A part of the page cannot be loaded',
  hint: 'Try again, or reload the page, when there is a connection to the gateway.',
};

export function createTalkSession(options: SessionOptions): TalkSession {
  const { dispatch, state, storage, onLevel, inspect, install } = options;
  let client: Client | undefined;
  let turn: Turn | undefined;
  let turns: TurnDatabase | undefined;
  /** What the person wants when the audio is open: it opens in a moment, or when the person has permitted it. */
  let wish: 'talk' | 'released' | 'cancelled' = 'cancelled';
  let isOpening = false;
  const audio = createAudioControl({
    dispatch,
    onOpened(opened) {
      client?.useAudio(opened);
      listen();
    },
  });
  const wakeLock = createWakeLock({ navigator, document });
  const lock = createTabLock(navigator.locks, {
    onHeld() {
      dispatch({ type: 'elsewhere', isElsewhere: false });
      inOrder(connect);
    },
    onLost() {
      dispatch({ type: 'elsewhere', isElsewhere: true });
      inOrder(disconnect);
    },
  });
  const press = createPress({ begin: () => void begin(), end });

  /** One after the other, in the order in which they were asked for. */
  let last: Promise<void> = Promise.resolve();
  function inOrder(step: () => Promise<void>): void {
    last = last.then(step).catch((thrown) => dispatch({ type: 'problem', problem: errorInfo(thrown) }));
  }

  async function connect(): Promise<void> {
    turns = await openUnsentTurns((problem) => dispatch({ type: 'problem', problem }));
    const { name, token, volume } = state().preferences;
    const settings = {
      url: location.origin.replace(/^http/, 'ws'),
      name,
      ...(token !== '' && { token }),
      model: 'browser',
      audio: 'later' as const,
      framesPerPacket: FRAMES_PER_PACKET,
      turns,
      ...(inspect && { inspect }),
    };
    const opened = new DeviceClient(settings, noFrames);
    client = opened;
    followClient(opened, dispatch, Date.now);
    opened.on('pairing', ({ code }) => tellPairing(code));
    opened.on('paired', ({ token: paired }) => change({ token: paired }));
    opened.on('level', onLevel);
    // The operator's choice, from now on.
    opened.on('settings', ({ volumePercent }) => {
      if (volumePercent !== undefined) change({ volume: volumePercent / 100 });
    });
    opened.on('conversation', updateWakeLock);
    opened.setVolume(volume);
    const audioBefore = audio.isOpen && (await audio.open(state().preferences));
    if (audioBefore) opened.useAudio(audioBefore);
    opened.connect();
  }

  async function disconnect(): Promise<void> {
    const [closing, stored] = [client, turns];
    client = undefined;
    turns = undefined;
    turn = undefined;
    dispatch({ type: 'offered', announcements: [] });
    await audio.close();
    await closing?.close();
    await stored?.close();
  }

  async function begin(): Promise<void> {
    wish = 'talk';
    // It begins when the audio is open, once.
    if (isOpening) return;
    isOpening = true;
    const opened = await audio.open(state().preferences).finally(() => (isOpening = false));
    if (opened) begun();
  }

  function begun(): void {
    if (wish === 'released') dispatch({ type: 'released-early' });
    if (wish === 'talk') turn = client?.talk('page');
  }

  function end(): void {
    wish = 'released';
    turn?.end();
  }

  /** Also while the audio opens for it: a second press ends what the first one began. */
  function isTalking(): boolean {
    const { conversation } = state();
    return conversation === 'recording' || conversation === 'streaming' || (isOpening && wish === 'talk');
  }

  function updateWakeLock(): void {
    wakeLock.hold(state().conversation !== 'idle' || (state().preferences.isHandsFree && audio.isOpen));
  }

  const change: PersonActions['change'] = (changes) => {
    const before = state().preferences;
    const name = changes.name === undefined ? before.name : deviceNameIn(changes.name) || before.name;
    const after = { ...before, ...changes, name };
    dispatch({ type: 'preferences', preferences: after });
    savePreferences(storage, after);
    if (after.volume !== before.volume) client?.setVolume(after.volume);
    void audio.change(before, after);
    if (name !== before.name) reconnect();
  };

  function reconnect(): void {
    inOrder(disconnect);
    inOrder(connect);
  }

  /** Without hands free a press begins and ends a turn. */
  function listen(): void {
    const isHandsFree = state().preferences.isHandsFree && audio.isOpen;
    const { echoCancellation } = state().preferences;
    client?.listen({
      mode: isHandsFree ? 'voice' : 'push',
      followUpMs: 0,
      patience: 'normal',
      // Without echo cancellation the reply itself would be taken for speech.
      interruption: echoCancellation ? 'auto' : 'off',
    });
  }

  async function setHandsFree(isHandsFree: boolean): Promise<void> {
    change({ isHandsFree });
    if (isHandsFree && !(await audio.open(state().preferences))) return change({ isHandsFree: false });
    listen();
    updateWakeLock();
  }

  const actions: PersonActions = {
    talkDown: (atMs) => press.down(atMs, isTalking()),
    talkUp: press.up,
    // Also while the microphone opens for it.
    talkTap: () => (isTalking() ? end() : void begin()),
    cancel() {
      wish = 'cancelled';
      press.release();
      turn?.abort();
    },
    hear: () => void audio.open(state().preferences),
    setHandsFree: (on) => void setHandsFree(on),
    openSettings: (isOpen) => dispatch({ type: 'settings-open', isOpen }),
    missPart() {
      dispatch({ type: 'settings-open', isOpen: false });
      dispatch({ type: 'problem', problem: MISSING_PART });
    },
    change,
    forgetPairing() {
      change({ token: '' });
      dispatch({ type: 'settings-open', isOpen: false });
      reconnect();
    },
    install,
    dismissProblem: () => dispatch({ type: 'problem', problem: undefined }),
    act(action) {
      switch (action) {
        case 'retry':
          dispatch({ type: 'problem', problem: undefined });
          if (state().link.state === 'refused') return reconnect();
          void audio.open(state().preferences);
          return;
        case 'pair-again':
          change({ token: '' });
          return reconnect();
        case 'reload':
          return location.reload();
        case 'take-over':
          return lock.acquire(true);
      }
    },
  };

  return { actions, start: () => lock.acquire(false) };
}
