/**
 * The client's events as those of the page.
 */
import type { ConversationState } from '../../../../machines/turn-record.ts';
import type { Client, Turn } from '../../../client/index.ts';
import type { PageEvent } from '../model/page-state.ts';

/** @param now ms since 1970 */
export function followClient(client: Client, dispatch: (event: PageEvent) => void, now: () => number): void {
  client.on('state', (link) => dispatch({ type: 'link', link }));
  client.on('pairing', ({ code, expiresAtMs }) => dispatch({ type: 'pairing', code, expiresAtMs }));
  client.on('conversation', ({ state }) => dispatch({ type: 'conversation', state: state as ConversationState }));
  client.on('unsent', ({ turns }) => dispatch({ type: 'unsent', turns }));
  client.on('offered', ({ announcements }) => dispatch({ type: 'offered', announcements }));
  client.on('error', (problem) => dispatch({ type: 'problem', problem }));
  client.on('turn', (turn) => followTurn(turn, dispatch, now));
}

function followTurn(turn: Turn, dispatch: (event: PageEvent) => void, now: () => number): void {
  const { id, trigger } = turn;
  // A stored turn of an earlier visit has reached the cloud: `unsent` tells it.
  if (!trigger) return;
  dispatch({ type: 'turn', id, atMs: now(), isAnnouncement: turn.announcement !== undefined });
  turn.on('transcript', ({ text, isFinal }) => dispatch({ type: 'transcript', id, text, isFinal }));
  turn.on('processing', () => dispatch({ type: 'processing', id }));
  turn.on('reply', ({ text }) => dispatch({ type: 'reply', id, text }));
  turn.on('playing', () => dispatch({ type: 'playing', id }));
  turn.on('stored', ({ cloud }) => dispatch({ type: 'stored', id, cloud }));
  turn.on('done', (done) => dispatch({ type: 'done', id, ...done }));
  turn.on('error', (error) => dispatch({ type: 'turn-error', id, error }));
}
