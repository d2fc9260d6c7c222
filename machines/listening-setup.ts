/**
 * The parts of the listening machine: its context, guards and actions. The states are in listening.ts.
 */
import { assign, enqueueActions, setup } from 'xstate';
import {
  type Attention,
  type HeardWakeWord,
  type ListenerContract,
  type ListeningContract,
  type ListenSettings,
  listenerContract,
  type MicrophoneState,
  PUSH_TO_TALK,
  type SpeechStart,
  type SupervisionEvent,
} from '../src/core/contracts/index.ts';
import { childSender, parentSender, placeholder } from './wiring.ts';

export const LISTENING_DELAYS_MS = {
  /** From the command until the microphone is open; a PulseAudio source may take 1.6 s to wake up. */
  openTimeout: 5_000,
  /** From the command until the microphone is muted. */
  muteTimeout: 2_000,
  /** From the trigger until the conversation records. */
  triggerTimeout: 1_000,
  /** From the wake word to the first speech after it. */
  noSpeechLimit: 6_000,
  /** After the end of speech was found, while nothing plays: the pause may not have been the end. */
  goOnLimit: 1_000,
  /** How long a reply is paused for what may be speech. */
  interruptionLimit: 2_000,
} as const;

type FollowUp = 'none' | 'replied' | 'asked';

export interface ListeningContext {
  settings: ListenSettings;
  /** `asked`: the listener has not confirmed it yet. */
  mute: 'off' | 'asked' | 'on';
  /** As the listener holds it; `ended`: it was a recording, which is read once; `down`: the listener has crashed. */
  microphone: 'closed' | 'opening' | 'open' | 'failed' | 'lost' | 'ended' | 'down';
  conversation: string;
  turn: number;
  /** A reply has ended, and the person may answer for some time; `asked`: it asks the person something. */
  followUp: FollowUp;
  /** The turn began with the wake word, and nothing was said after it yet. */
  awaitsSpeech: boolean;
  /** A pause was taken for the end of the utterance, and its answer is prepared. */
  mayGoOn: boolean;
  hasConverged: boolean;
  /** The turn whose reply is paused; 0: none. */
  pausedTurn: number;
  told: MicrophoneState;
  attention: Attention;
}

export const INITIAL_LISTENING: ListeningContext = {
  settings: PUSH_TO_TALK,
  mute: 'off',
  microphone: 'closed',
  conversation: 'idle',
  turn: 0,
  followUp: 'none',
  awaitsSpeech: false,
  mayGoOn: false,
  hasConverged: false,
  pausedTurn: 0,
  told: 'closed',
  attention: 'nothing',
};

type ListeningEvent = ListeningContract['receives'] | ListenerContract['sends'] | SupervisionEvent;

const sendToChild = childSender<{ listener: ListenerContract }>();
const sendToParent = parentSender<ListeningContract>();

function isRecording({ conversation }: ListeningContext): boolean {
  return conversation === 'recording' || conversation === 'streaming';
}

/** The listener has it, or tries to. */
function isHeld({ microphone }: ListeningContext): boolean {
  return microphone === 'opening' || microphone === 'open' || microphone === 'failed' || microphone === 'lost';
}

/** While a turn is recorded the listener keeps the microphone that it has: it must find the end of the speech. */
function isWanted(context: ListeningContext): boolean {
  if (context.mute !== 'off' || context.microphone === 'ended') return false;
  return context.settings.mode !== 'push' || mayFollowUp(context) || (isRecording(context) && isHeld(context));
}

/** The wake word is told from a reply well enough; other speech is only when the echo is removed. */
function canInterrupt({ settings: { mode, interruption }, conversation, hasConverged }: ListeningContext): boolean {
  if (interruption === 'off') return false;
  if (mode === 'wake') return ['processing', 'receiving', 'playing'].includes(conversation);
  return mode === 'voice' && conversation === 'playing' && (interruption === 'on' || hasConverged);
}

/** Nothing plays that the microphone would hear. What a key has ended is over. */
function mayGoOn({ settings: { mode, interruption }, mayGoOn: isEndUncertain }: ListeningContext): boolean {
  return isEndUncertain && mode === 'voice' && interruption !== 'off';
}

/**
 * How long speech begins a turn after a reply; 0: not. In `voice` it does all the time. A gateway that asks for an answer gets it only with a wake
 * word, where the owner allows it: where a key begins turns, no microphone is opened because a gateway asks.
 */
export function followUpAfter(
  { mode, followUpMs, answerMs }: Pick<ListenSettings, 'mode' | 'followUpMs' | 'answerMs'>,
  { asks }: { asks: boolean },
): number {
  if (mode === 'voice') return 0;
  if (followUpMs > 0) return followUpMs;
  return mode === 'wake' && asks ? answerMs : 0;
}

function mayFollowUp({ followUp }: ListeningContext): boolean {
  return followUp !== 'none';
}

/** What is left of it with these settings. */
function followUpWith(settings: ListenSettings, followUp: FollowUp): FollowUp {
  return followUpAfter(settings, { asks: followUp === 'asked' }) > 0 ? followUp : 'none';
}

function heardWakeWord(event: ListeningEvent): { wake?: HeardWakeWord } {
  if (event.type !== 'wake.heard') return {};
  const { word, score, levelDb, atMs } = event;
  return { wake: { word, score, levelDb, atMs } };
}

export const listeningSetup = setup({
  types: { context: {} as ListeningContext, events: {} as ListeningEvent },
  actors: { listener: placeholder(listenerContract) },
  delays: {
    ...LISTENING_DELAYS_MS,
    followUp: ({ context }) => followUpAfter(context.settings, { asks: context.followUp === 'asked' }),
  },
  guards: {
    isMuted: ({ context }) => context.mute === 'on',
    isMuteAsked: ({ context }) => context.mute === 'asked',
    isRecording: ({ context }) => isRecording(context) && context.microphone !== 'lost',
    isUnwanted: ({ context }) => !isWanted(context),
    isFailed: ({ context }) => context.microphone === 'failed' || context.microphone === 'lost',
    isNotOpen: ({ context }) => context.microphone !== 'open',
    isOpening: ({ context }) => context.microphone === 'opening' || context.microphone === 'failed',
    isFirstFailure: ({ context }) => context.microphone === 'opening',
    isOpen: ({ context }) => context.microphone === 'open',
    isLost: ({ context }) => context.microphone === 'lost',
    hearsWakeWord: ({ context }) => context.settings.mode === 'wake',
    isBusy: ({ context }) => context.conversation !== 'idle',
    canInterrupt: ({ context }) => canInterrupt(context),
    mayFollowUp: ({ context }) => mayFollowUp(context),
    mayGoOn: ({ context }) => mayGoOn(context),
    awaitsSpeech: ({ context }) => context.awaitsSpeech,
    isGoingOn: ({ event }) => event.type === 'conversation.entered' && event.state === 'streaming',
    isThisTurn: ({ context, event }) => 'turn' in event && event.turn === context.turn,
    isFinished: ({ context, event }) =>
      event.type === 'listen.end' && event.turn === context.turn && event.reason === 'finished',
    isToBeCancelled: ({ context, event }) =>
      event.type === 'listen.end' && event.turn === context.turn && event.reason !== 'finished',
    isMuteConfirmed: ({ context, event }) => event.type === 'listener.muted' && event.muted && context.mute === 'asked',
  },
  actions: {
    configure: assign(({ context, event }) =>
      event.type === 'listening.configure'
        ? { settings: event.settings, followUp: followUpWith(event.settings, context.followUp) }
        : {},
    ),
    noteConversation: assign(({ context, event }) => {
      if (event.type !== 'conversation.entered') return {};
      const { state: conversation, turn, replied, asks } = event;
      const ended = conversation === 'idle' && replied;
      const followUp = ended ? followUpWith(context.settings, asks ? 'asked' : 'replied') : 'none';
      const awaitsSpeech = context.awaitsSpeech && (conversation === 'recording' || conversation === 'streaming');
      const mayGoOn = context.mayGoOn && (conversation === 'processing' || conversation === 'receiving');
      return { conversation, turn, followUp, awaitsSpeech, mayGoOn } as const;
    }),
    noteEcho: assign(({ event }) => (event.type === 'echo.changed' ? { hasConverged: event.converged } : {})),
    noteMicrophone: assign((_, { microphone }: { microphone: ListeningContext['microphone'] }) => ({ microphone })),
    noteCrash: assign(({ context }) => ({
      microphone: context.microphone === 'ended' ? ('ended' as const) : ('down' as const),
      hasConverged: false,
    })),
    noteRestart: assign(({ context }) => (context.microphone === 'down' ? { microphone: 'closed' as const } : {})),
    noteSpeech: assign({ awaitsSpeech: false }),
    endFollowUp: assign({ followUp: 'none' }),
    noteEnd: assign({ mayGoOn: true }),
    endGoingOn: assign({ mayGoOn: false }),
    /** What is recorded when the person mutes the microphone is discarded. */
    changeMute: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'listening.mute') return;
      enqueue(sendToChild('listener', { type: 'listener.mute', muted: event.muted }));
      if (event.muted && isRecording(context)) enqueue(sendToParent({ type: 'talk.cancelled' }));
      enqueue.assign({ mute: event.muted ? 'asked' : 'off', followUp: 'none' });
    }),
    noteMuted: assign({ mute: 'on' }),
    /** The listener has lost it with its restart, or has not answered. */
    muteAgain: enqueueActions(({ context, enqueue }) => {
      if (context.mute === 'off') return;
      enqueue(sendToChild('listener', { type: 'listener.mute', muted: true }));
      enqueue.assign({ mute: 'asked' });
    }),
    /** Opens or closes the microphone, if that is not done already. */
    adjustMicrophone: enqueueActions(({ context, enqueue }) => {
      if (isWanted(context) && context.microphone === 'closed') {
        enqueue(sendToChild('listener', { type: 'listener.open' }));
        enqueue.assign({ microphone: 'opening' });
      }
      if (!isWanted(context) && isHeld(context)) {
        enqueue(sendToChild('listener', { type: 'listener.close' }));
        enqueue.assign({ microphone: 'closed' });
      }
    }),
    hold: sendToChild('listener', ({ event }: { event: ListeningEvent }) => ({
      type: 'listener.hold',
      holdMs: 'holdMs' in event ? event.holdMs : 0,
    })),
    press: enqueueActions(({ context, event, enqueue }, { trigger }: { trigger: 'voice' | 'wake' | 'follow-up' }) => {
      const { id, startedAtMs } = event as SpeechStart & ListeningEvent;
      const start = { id, trigger, startedAtMs, patience: context.settings.patience };
      enqueue(sendToParent({ type: 'talk.pressed', ...start, ...heardWakeWord(event) }));
      enqueue.assign({ awaitsSpeech: trigger === 'wake', pausedTurn: 0 });
    }),
    release: sendToParent(({ event }: { event: ListeningEvent }) => ({
      type: 'talk.released',
      atMs: 'atMs' in event ? event.atMs : 0,
    })),
    cancel: sendToParent({ type: 'talk.cancelled' }),
    /** If nobody spoke. */
    refuse: enqueueActions(({ event, enqueue }) => {
      if (event.type !== 'listen.end' || event.reason !== 'no-speech') return;
      enqueue(sendToChild('listener', { type: 'listener.refuse' }));
    }),
    pauseReply: enqueueActions(({ context: { turn }, enqueue }) => {
      enqueue(sendToParent({ type: 'reply.pause', turn }));
      enqueue.assign({ pausedTurn: turn });
    }),
    /** If it is paused. */
    resumeReply: enqueueActions(({ context: { pausedTurn }, enqueue }) => {
      if (pausedTurn === 0) return;
      enqueue(sendToParent({ type: 'reply.resume', turn: pausedTurn }));
      enqueue.assign({ pausedTurn: 0 });
    }),
    /** What the person is told, and what the listener looks for, if it is something else than before. */
    tell: enqueueActions(({ context, enqueue }, { state, to }: { state: MicrophoneState; to: Attention }) => {
      const { microphone, settings, told } = context;
      const attention = microphone === 'open' ? to : 'nothing';
      if (microphone === 'open') {
        enqueue(sendToChild('listener', { type: 'listener.attend', to, patience: settings.patience }));
      }
      if (told !== state) enqueue(sendToParent({ type: 'microphone.changed', state }));
      if (context.attention !== attention) enqueue(sendToParent({ type: 'attention.changed', attention }));
      enqueue.assign({ told: state, attention });
    }),
  },
});
