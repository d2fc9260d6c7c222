/**
 * What became of an announcement, in words for people.
 */
import type { FunctionReturnType } from 'convex/server';
import type { Tone } from '../../design/states.tsx';
import type { api } from '../shell/api.ts';

type AnnouncementStatus = FunctionReturnType<typeof api.announcements.list>[number];

interface Words {
  text: string;
  tone?: Tone;
  /** What to do. */
  hint?: string;
}

const STATES: Record<AnnouncementStatus['state'], Words> = {
  offered: { text: 'waits' },
  taken: { text: 'speaking', tone: 'info' },
  played: { text: 'said', tone: 'accent' },
  interrupted: { text: 'interrupted', tone: 'warning', hint: 'Somebody spoke, or a reminder rang. Say it again.' },
  declined: { text: 'declined', tone: 'warning' },
  expired: {
    text: 'not said in time',
    tone: 'warning',
    hint: 'Is the device connected? On a talk page somebody has to press a button first. Let it wait for longer.',
  },
  failed: { text: 'failed', tone: 'danger', hint: 'The gateway’s log says why.' },
};

const REASONS: Record<string, string> = {
  'not-supported': 'The device cannot make announcements. Update it.',
  'no-voice': 'Its gateway has no voice. Start it with --responder assistant.',
  'quiet-hours': 'It has quiet hours. What is urgent is said all the same.',
  'queue-full': 'Too many announcements wait for it. Try again later.',
  'turn-failed': 'The device could not say it. The gateway’s log says why.',
  'no-report': 'It began to speak, and was not heard of again.',
};

export function announcementWords({ state, reason }: AnnouncementStatus): Words {
  // The device has noticed it first.
  const words = STATES[reason === 'expired' ? 'expired' : state];
  const hint = (reason !== undefined && REASONS[reason]) || words.hint;
  return { ...words, ...(hint !== undefined && { hint }) };
}
