/**
 * What the page shows, computed from events: of the client, of the audio and of the person. Pure: the page draws it, tests read it.
 */
import type { ConversationState } from '../../../../machines/turn-record.ts';
import type { StageLatencies } from '../../../observability/turn-report.ts';
import type { Preferences } from './preferences.ts';

/** An error for people: a code for programs, what happened, and what to do. */
export interface Problem {
  code: string;
  message: string;
  hint?: string;
}

/** What is said of failures, by their code. */
export type Explanations = Readonly<Record<string, { title: string; steps: readonly string[] }>>;

/** The connection to the gateway. `retryAtMs`: ms since 1970. */
export interface Link {
  state: 'connecting' | 'connected' | 'pairing' | 'reconnecting' | 'refused' | 'closed';
  retryAtMs?: number;
  error?: Problem;
}

/** A turn as it is shown. */
export interface PageTurn {
  id: string;
  /** ms since 1970. */
  startedAtMs: number;
  /** The gateway asked for it: nobody spoke. */
  isAnnouncement: boolean;
  /** What the gateway has understood so far. */
  transcript: string;
  isTranscriptFinal: boolean;
  /** The captions of the reply so far. */
  reply: string;
  phase: 'speaking' | 'waiting' | 'replying' | 'over';
  outcome?: string;
  latencyMs?: StageLatencies;
  /** Where the utterance is stored by now. */
  stored: 'device' | 'gateway' | 'cloud';
  error?: Problem;
}

export type MicrophoneStatus = 'closed' | 'opening' | 'open' | 'interrupted' | 'lost';

export interface PageState {
  link: Link;
  pairing: { code: string; expiresAtMs: number } | undefined;
  conversation: ConversationState;
  microphone: MicrophoneStatus;
  /** The button was held and released before the microphone was open: nothing was recorded. */
  wasReleasedEarly: boolean;
  /** What the gateway wants to say, oldest first. */
  offered: readonly OfferedWords[];
  /** Oldest first; at most TURNS_SHOWN. */
  turns: readonly PageTurn[];
  /** Turns that the gateway does not have yet. With a connection each turn is one for a moment. */
  unsent: number;
  /** Those of them that had to wait for a connection: the page tells them. */
  waiting: number;
  /** Turns that had waited and were delivered since the person last spoke: the page says so. */
  delivered: number;
  /** A failure that the person should know of, until the next success. */
  problem: Problem | undefined;
  /** Empty until they are loaded. */
  explanations: Explanations;
  /** Another tab of this browser has the connection. */
  isElsewhere: boolean;
  preferences: Preferences;
  microphones: readonly ListedDevice[];
  /** Empty: the browser does not let a page choose. */
  speakers: readonly ListedDevice[];
  isSettingsOpen: boolean;
  /** The browser offers to install the page. */
  canInstall: boolean;
}

export interface OfferedWords {
  id: string;
  text: string;
}

export interface ListedDevice {
  id: string;
  label: string;
}

export type PageEvent =
  | { type: 'link'; link: Link }
  | { type: 'pairing'; code: string; expiresAtMs: number }
  | { type: 'paired' }
  | { type: 'conversation'; state: ConversationState }
  | { type: 'microphone'; status: MicrophoneStatus }
  | { type: 'released-early' }
  | { type: 'offered'; announcements: readonly OfferedWords[] }
  | { type: 'turn'; id: string; atMs: number; isAnnouncement: boolean }
  | { type: 'transcript'; id: string; text: string; isFinal: boolean }
  | { type: 'reply'; id: string; text: string }
  | { type: 'processing'; id: string }
  | { type: 'playing'; id: string }
  | { type: 'stored'; id: string; cloud: boolean }
  | { type: 'done'; id: string; outcome: string; latencyMs?: StageLatencies; isOffline?: boolean }
  | { type: 'turn-error'; id: string; error: Problem }
  | { type: 'unsent'; turns: number }
  | { type: 'problem'; problem: Problem | undefined }
  | { type: 'explanations'; explanations: Explanations }
  | { type: 'elsewhere'; isElsewhere: boolean }
  | { type: 'preferences'; preferences: Preferences }
  | { type: 'devices'; microphones: readonly ListedDevice[]; speakers: readonly ListedDevice[] }
  | { type: 'settings-open'; isOpen: boolean }
  | { type: 'installable'; canInstall: boolean };

/** Older turns are in the console. */
export const TURNS_SHOWN = 50;

export const INITIAL_STATE: Omit<PageState, 'preferences'> = {
  link: { state: 'connecting' },
  pairing: undefined,
  conversation: 'idle',
  microphone: 'closed',
  wasReleasedEarly: false,
  offered: [],
  turns: [],
  unsent: 0,
  waiting: 0,
  delivered: 0,
  problem: undefined,
  explanations: {},
  isElsewhere: false,
  microphones: [],
  speakers: [],
  isSettingsOpen: false,
  canInstall: false,
};

export function reduce(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'link':
      return withWaiting({
        ...state,
        link: event.link,
        ...(event.link.state === 'connected' && { pairing: undefined }),
      });
    case 'pairing':
      return { ...state, pairing: { code: event.code, expiresAtMs: event.expiresAtMs } };
    case 'paired':
      return { ...state, pairing: undefined };
    case 'conversation':
      return { ...state, conversation: event.state };
    case 'microphone':
      return { ...state, microphone: event.status, ...(event.status === 'open' && { problem: undefined }) };
    case 'offered':
      return { ...state, offered: event.announcements };
    case 'released-early':
      return { ...state, wasReleasedEarly: true };
    case 'turn':
      return { ...state, delivered: 0, wasReleasedEarly: false, problem: undefined, turns: begin(state.turns, event) };
    case 'unsent':
      return withWaiting({ ...state, unsent: event.turns });
    case 'problem':
      return { ...state, problem: event.problem };
    case 'explanations':
      return { ...state, explanations: event.explanations };
    case 'elsewhere':
      return { ...state, isElsewhere: event.isElsewhere };
    case 'preferences':
      return { ...state, preferences: event.preferences };
    case 'devices':
      return { ...state, microphones: event.microphones, speakers: event.speakers };
    case 'settings-open':
      return { ...state, isSettingsOpen: event.isOpen };
    case 'installable':
      return { ...state, canInstall: event.canInstall };
    default:
      return { ...state, turns: state.turns.map((turn) => (turn.id === event.id ? advance(turn, event) : turn)) };
  }
}

/** Without a connection all unsent turns wait, and none is delivered: one that is gone was discarded. */
function withWaiting(state: PageState): PageState {
  if (state.link.state !== 'connected') return { ...state, waiting: state.unsent };
  const waiting = Math.min(state.waiting, state.unsent);
  return { ...state, waiting, delivered: state.delivered + state.waiting - waiting };
}

function begin(turns: readonly PageTurn[], { id, atMs, isAnnouncement }: Extract<PageEvent, { type: 'turn' }>) {
  if (turns.some((turn) => turn.id === id)) return turns;
  const turn: PageTurn = {
    id,
    startedAtMs: atMs,
    isAnnouncement,
    transcript: '',
    isTranscriptFinal: false,
    reply: '',
    phase: isAnnouncement ? 'waiting' : 'speaking',
    stored: 'device',
  };
  return [...turns, turn].slice(-TURNS_SHOWN);
}

function advance(turn: PageTurn, event: Extract<PageEvent, { id: string }>): PageTurn {
  switch (event.type) {
    case 'transcript':
      return { ...turn, transcript: event.text, isTranscriptFinal: event.isFinal };
    case 'reply':
      return { ...turn, reply: event.text };
    case 'processing':
      return turn.phase === 'speaking' ? { ...turn, phase: 'waiting' } : turn;
    case 'playing':
      return turn.phase === 'over' ? turn : { ...turn, phase: 'replying' };
    case 'stored':
      return { ...turn, stored: event.cloud ? 'cloud' : turn.stored === 'cloud' ? 'cloud' : 'gateway' };
    case 'done': {
      const { outcome, latencyMs } = event;
      return { ...turn, phase: 'over', isTranscriptFinal: true, outcome, ...(latencyMs && { latencyMs }) };
    }
    case 'turn-error':
      return { ...turn, phase: 'over', error: event.error };
    default:
      return turn;
  }
}
