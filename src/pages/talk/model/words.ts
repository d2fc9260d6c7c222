/**
 * What the page says: the state of the connection, of the turn, and each failure with what to do. Plain words, the same for eyes and ears.
 */
import * as icons from '../../design/icons.ts';
import type { Link, PageState, PageTurn, Problem } from './page-state.ts';

export interface LinkStatus {
  tone: 'accent' | 'info' | 'warning' | 'danger';
  text: string;
}

/** The connection, in a few words. `nowMs`: ms since 1970. */
export function linkStatus({ state, retryAtMs }: Link, nowMs: number): LinkStatus {
  switch (state) {
    case 'connected':
      return { tone: 'accent', text: 'Connected' };
    case 'connecting':
      return { tone: 'info', text: 'Connecting…' };
    case 'pairing':
      return { tone: 'info', text: 'Not paired yet' };
    case 'reconnecting': {
      const seconds = retryAtMs === undefined ? 0 : Math.ceil((retryAtMs - nowMs) / 1_000);
      return { tone: 'warning', text: seconds > 0 ? `Next try in ${seconds} s` : 'Reconnecting…' };
    }
    case 'refused':
      return { tone: 'danger', text: 'Refused' };
    case 'closed':
      return { tone: 'danger', text: 'Not connected' };
  }
}

/** The label of the talk button: what a press does now. */
export function talkLabel({ conversation, preferences, microphone }: PageState): string {
  if (microphone === 'opening') return 'Opening the microphone…';
  switch (conversation) {
    case 'recording':
    case 'streaming':
      return 'Listening. Release or tap to send';
    case 'processing':
      return 'Waiting for the answer';
    case 'receiving':
    case 'playing':
      return 'Tap to interrupt';
    case 'error':
      return 'That did not work';
    case 'idle':
      return preferences.isHandsFree && microphone === 'open' ? 'Speak, or tap' : 'Hold or tap to talk';
  }
}

/**
 * What a screen reader says: states, and what was understood. Not the answer, which is heard as speech, unless the volume is 0.
 */
export function spokenText({ conversation, turns, preferences }: PageState): string {
  const turn = turns.at(-1);
  switch (conversation) {
    case 'recording':
    case 'streaming':
      return 'Listening';
    case 'processing':
      return 'Waiting for the answer';
    case 'error':
      return 'The turn failed';
    default: {
      if (!turn) return '';
      const understood = turn.isTranscriptFinal && turn.transcript !== '' ? `You said: ${turn.transcript}` : '';
      const answer = preferences.volume === 0 && turn.reply !== '' ? `Earshot: ${turn.reply}` : '';
      return [understood, answer, turnNote(turn)].filter((part) => part !== '').join('. ');
    }
  }
}

/** Why there is no connection, and what that means for what is said now; empty: there is one. */
export function lineText({ link, waiting }: PageState): string {
  if (link.state !== 'reconnecting') return '';
  const why = link.error?.code === 'gateway_busy' ? sentence(link.error) : 'There is no connection to the gateway.';
  return waiting > 0 ? why : `${why} What you say now is stored in this browser and sent later.`;
}

/** What the gateway wants to say, and cannot before the person has pressed something; empty: nothing. */
export function offeredText({ offered: [first, ...others], microphone }: PageState): string {
  if (!first || microphone !== 'closed') return '';
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  return `Earshot wants to say: “${first.text}”${more}. The browser plays no sound before you press a button here.`;
}

/** What has happened to the microphone; empty: nothing. */
export function microphoneText({ microphone, wasReleasedEarly }: PageState): string {
  switch (microphone) {
    case 'lost':
      return 'The microphone was removed, or its permission withdrawn. It is looked for again by itself.';
    case 'interrupted':
      return 'The browser has stopped the sound, for a call or another page. It goes on afterwards.';
    default:
      return wasReleasedEarly ? 'Nothing was recorded: the microphone was not open yet. It is now. Press again.' : '';
  }
}

/** Turns that wait for a connection, or have been delivered after they had waited; empty: there is none. */
export function unsentText({ waiting, delivered, link }: PageState): string {
  const turns = (n: number) => (n === 1 ? 'One turn' : `${n} turns`);
  if (waiting > 0) {
    const when = link.state === 'connected' ? 'now' : 'when there is a connection';
    const are = waiting === 1 ? 'is' : 'are';
    return `${turns(waiting)} ${are} stored in this browser and will be sent ${when}.`;
  }
  if (delivered > 0) return `${turns(delivered)} from before ${delivered === 1 ? 'was' : 'were'} delivered.`;
  return '';
}

/** The icon of what is told there: that of the worst. */
export function noticeIcon(state: PageState): string {
  if (state.link.state === 'reconnecting') return icons.offlineIcon;
  if (microphoneText(state) !== '') return state.microphone === 'open' ? icons.microphoneIcon : icons.microphoneOffIcon;
  return state.waiting > 0 ? icons.clockIcon : icons.checkIcon;
}

/** What became of a turn that was not simply answered; empty: there is nothing to say. */
export function turnNote(turn: PageTurn): string {
  if (turn.error) return sentence(turn.error);
  if (turn.phase !== 'over') return '';
  switch (turn.outcome) {
    case 'barge-in':
      return 'Interrupted';
    case 'cancelled':
      return 'Discarded';
    case 'no-audio':
      return 'No sound came from the microphone.';
    case 'unanswered':
      return turn.stored === 'device'
        ? 'Stored in this browser. It is sent when there is a connection.'
        : 'There was no answer.';
    case 'failed':
      return 'The turn failed.';
    default:
      return '';
  }
}

function sentence({ message, hint }: Problem): string {
  const said = /[.!?]$/.test(message) ? message : `${message}.`;
  return hint ? `${said} ${hint}` : said;
}

/** A failure as the page tells it. */
export interface Explanation {
  title: string;
  steps: readonly string[];
  /** What a button of the card does. */
  action?: 'retry' | 'pair-again' | 'reload' | 'take-over';
}

const ELSEWHERE: Problem = {
  code: 'elsewhere',
  message: 'Earshot is open in another tab',
  hint: 'One tab at a time has the connection.',
};

/** Of other failures: `retry`. */
const ACTIONS: Record<string, Explanation['action']> = {
  insecure_context: undefined,
  audio_unsupported: undefined,
  token_refused: 'pair-again',
  unsupported_protocol: 'reload',
  elsewhere: 'take-over',
};

/** The card for a failure that needs the person; undefined: none, or one that ends by itself. */
export function explain(state: PageState): Explanation | undefined {
  const failure = failureOf(state);
  if (!failure) return undefined;
  const { code, message, hint } = failure;
  const action = code in ACTIONS ? ACTIONS[code] : 'retry';
  const words = state.explanations[code] ?? { title: message, steps: hint ? [hint] : [] };
  return { ...words, ...(action && { action }) };
}

function failureOf({ isElsewhere, link, problem }: PageState): Problem | undefined {
  if (isElsewhere) return ELSEWHERE;
  const isRefused = link.state === 'refused' || link.error?.code === 'connection_replaced';
  return (isRefused ? link.error : undefined) ?? problem;
}
