/**
 * Playback of a reply: priming until enough is buffered, playing, underrun while the buffer is empty, draining after the
 * last packet has arrived; paused while a person may be speaking. The player (actors/playback) detects these changes. This machine gives each a state and a time limit, and
 * chooses from the network latency how much to buffer.
 */
import { assign, setup } from 'xstate';
import {
  type PlaybackContract,
  type PlayerContract,
  playbackContract,
  playerContract,
  type SupervisionEvent,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import {
  HIGH_NETWORK_LATENCY_MS,
  MIN_PLAYBACK_BUFFER,
  MIN_PLAYBACK_BUFFER_HIGH_LATENCY,
} from '../src/protocol/format.ts';
import { childSender, parentSender, placeholder, shared } from './wiring.ts';

export const PLAYBACK_DELAYS_MS = {
  /** Longest gap in the middle of a reply. A link that is down for half a minute may come back. */
  stallTimeout: 40_000,
  /** From the arrival of the last packet to the last sample played: the whole buffer, and a card that has to be opened again. */
  drainTimeout: 15_000,
  /** Longest pause; the listening machine ends it earlier (LISTENING_DELAYS_MS). */
  pauseLimit: 2_500,
} as const;

interface PlaybackContext {
  turn: number;
  roundTripMs: number;
  /** What goes on after a pause. */
  progress: 'playing' | 'underrun' | 'draining';
  error: ErrorInfo;
}

type PlaybackEvent = PlaybackContract['receives'] | PlayerContract['sends'] | SupervisionEvent;

/** The specification's "Adaptive Buffering": 3 chunks, 5 above 100 ms of network latency. */
export function minChunks(roundTripMs: number): number {
  return roundTripMs > HIGH_NETWORK_LATENCY_MS ? MIN_PLAYBACK_BUFFER_HIGH_LATENCY : MIN_PLAYBACK_BUFFER;
}

const STALLED: ErrorInfo = {
  code: 'playback_timeout',
  message: 'The reply stopped in the middle',
  hint: 'The network or the gateway is too slow; see earshot run --log-level debug.',
};

const sendToChild = childSender<{ player: PlayerContract }>();
const sendToParent = parentSender<PlaybackContract>();
/** The player pauses when it is told to, and goes on by itself when its buffer is full. What it says last is true. */
const PAUSE = {
  'playback.pause': { guard: 'isThisTurn', target: '#playback.open.paused.asked', actions: 'pausePlayer' },
  'player.paused': { guard: 'isThisTurn', target: '#playback.open.paused.silent' },
} as const;
const note = (progress: PlaybackContext['progress']) => ({ type: 'noteProgress', params: { progress } }) as const;

export const playback = setup({
  types: { context: {} as PlaybackContext, events: {} as PlaybackEvent },
  actors: { player: placeholder(playerContract) },
  delays: PLAYBACK_DELAYS_MS,
  guards: {
    isThisTurn: ({ context, event }) => 'turn' in event && event.turn === context.turn,
    isUnderrun: ({ context }) => context.progress === 'underrun',
    isDraining: ({ context }) => context.progress === 'draining',
  },
  actions: {
    openPlayer: sendToChild('player', ({ context }: { context: PlaybackContext }) => ({
      type: 'player.open',
      turn: context.turn,
      minChunks: minChunks(context.roundTripMs),
    })),
    stopPlayer: sendToChild('player', ({ context }: { context: PlaybackContext }) => ({
      type: 'player.abort',
      turn: context.turn,
    })),
    pausePlayer: sendToChild('player', ({ context }: { context: PlaybackContext }) => ({
      type: 'player.pause',
      turn: context.turn,
    })),
    resumePlayer: sendToChild('player', ({ context }: { context: PlaybackContext }) => ({
      type: 'player.resume',
      turn: context.turn,
    })),
    noteProgress: assign((_, { progress }: { progress: PlaybackContext['progress'] }) => ({ progress })),
    announceUnderrun: sendToParent(({ context }: { context: PlaybackContext }) => ({
      type: 'playback.underrun',
      turn: context.turn,
    })),
    announceFailure: sendToParent(({ context }: { context: PlaybackContext }) => ({
      type: 'playback.failed',
      turn: context.turn,
      error: context.error,
    })),
    rememberError: assign(({ event }) => ('error' in event ? { error: event.error } : {})),
    rememberStall: assign({ error: STALLED }),
  },
}).createMachine({
  id: 'playback',
  context: { turn: 0, roundTripMs: 0, progress: 'playing', error: STALLED },
  invoke: { id: 'player', src: 'player' },
  initial: 'closed',
  on: {
    'playback.latency': { actions: assign({ roundTripMs: ({ event }) => event.roundTripMs }) },
    'playback.open': {
      target: '.open',
      actions: [assign({ turn: ({ event }) => event.turn }), 'openPlayer'],
    },
    /** Comes after playback was stopped, perhaps when the next turn is open already. */
    'player.aborted': { actions: sendToParent(({ event }) => ({ ...event, type: 'playback.aborted' })) },
    ...sendToParent.relay(shared(playerContract.sends, playbackContract.sends)),
    ...sendToParent.relay(['actor.restarted']),
  },
  states: {
    closed: { on: sendToParent.relay(['actor.restarting']) },
    open: {
      initial: 'priming',
      on: {
        'playback.abort': { guard: 'isThisTurn', target: 'closed', actions: 'stopPlayer' },
        'player.failed': { guard: 'isThisTurn', target: 'failed', actions: 'rememberError' },
        'actor.restarting': { target: 'failed', actions: ['rememberError', sendToParent(({ event }) => event)] },
        'player.drained': {
          guard: 'isThisTurn',
          target: 'closed',
          actions: sendToParent(({ event }) => ({ ...event, type: 'playback.drained' })),
        },
      },
      states: {
        /** The conversation limits this wait. */
        priming: {
          on: {
            'player.started': {
              guard: 'isThisTurn',
              target: 'playing',
              actions: sendToParent(({ event }) => ({ ...event, type: 'playback.started' })),
            },
          },
        },
        playing: {
          entry: note('playing'),
          on: {
            ...PAUSE,
            'player.underrun': {
              guard: 'isThisTurn',
              target: 'underrun',
              actions: 'announceUnderrun',
            },
            'player.draining': { guard: 'isThisTurn', target: 'draining' },
          },
        },
        underrun: {
          entry: note('underrun'),
          after: { stallTimeout: { target: '#playback.failed', actions: ['rememberStall', 'stopPlayer'] } },
          on: {
            ...PAUSE,
            'player.resumed': { guard: 'isThisTurn', target: 'playing' },
            'player.draining': { guard: 'isThisTurn', target: 'draining' },
          },
        },
        draining: {
          entry: note('draining'),
          after: { drainTimeout: { target: '#playback.failed', actions: ['rememberStall', 'stopPlayer'] } },
          on: PAUSE,
        },
        /** A person may be speaking. Packets still arrive. */
        paused: {
          initial: 'asked',
          after: { pauseLimit: 'resuming' },
          on: {
            'playback.pause': PAUSE['playback.pause'],
            'playback.resume': { guard: 'isThisTurn', target: 'resuming' },
            /** In the fade. */
            'player.underrun': { guard: 'isThisTurn', actions: [note('underrun'), 'announceUnderrun'] },
            'player.resumed': { guard: 'isThisTurn', actions: note('playing') },
            'player.draining': { guard: 'isThisTurn', actions: note('draining') },
          },
          states: {
            /** What ended the pause before may still be reported. */
            asked: { on: { 'player.paused': { guard: 'isThisTurn', target: 'silent' } } },
            silent: { on: { 'player.continued': { guard: 'isThisTurn', target: '#playback.open.goingOn' } } },
          },
        },
        resuming: { entry: 'resumePlayer', always: 'goingOn' },
        /** Left at once. */
        goingOn: {
          always: [
            { guard: 'isUnderrun', target: 'underrun' },
            { guard: 'isDraining', target: 'draining' },
            { target: 'playing' },
          ],
        },
      },
    },
    /** Left at once: reports the failure, and shows it in the chart. */
    failed: { entry: 'announceFailure', always: 'closed' },
  },
});
