/**
 * Listening: when the microphone is open, and what is looked for in its sound. It is beside the conversation, which tells it each of
 * its states, and begins and ends turns as a key does.
 *
 *     off → opening → waiting → triggered → hearing → goingOn → quiet or interruptible → followingUp → waiting
 *
 * Settings, conversation, microphone and mute may change at any time: `deciding` chooses the state that follows from all of them.
 * A state ends after a time limit or with the state of the conversation; only the person ends `off`, `waiting` and `muted`, and `failed`
 * ends when the microphone is back. The person is told each.
 */
import type { Attention, ListeningContract, MicrophoneState } from '../src/core/contracts/index.ts';
import { INITIAL_LISTENING, listeningSetup } from './listening-setup.ts';
import { parentSender } from './wiring.ts';

const sendToParent = parentSender<ListeningContract>();
const tell = (state: MicrophoneState, to: Attention = 'nothing') => ({ type: 'tell', params: { state, to } }) as const;
const note = (microphone: 'open' | 'failed' | 'lost' | 'ended') =>
  ({ type: 'noteMicrophone', params: { microphone } }) as const;
const press = (trigger: 'voice' | 'wake' | 'follow-up') => ({ type: 'press', params: { trigger } }) as const;

export const listening = listeningSetup.createMachine({
  id: 'listening',
  context: INITIAL_LISTENING,
  invoke: { id: 'listener', src: 'listener' },
  initial: 'deciding',
  on: {
    'listening.configure': { target: '.deciding', actions: 'configure' },
    'listening.mute': { target: '.deciding', actions: 'changeMute' },
    'conversation.entered': { target: '.deciding', actions: 'noteConversation' },
    'listener.opened': { guard: 'isOpening', target: '.deciding', actions: note('open') },
    'listener.failed': {
      guard: 'isFirstFailure',
      target: '.deciding',
      actions: [note('failed'), sendToParent(({ event }) => event)],
    },
    'listener.lost': {
      guard: 'isOpen',
      target: '.deciding',
      actions: [note('lost'), sendToParent(({ event }) => event)],
    },
    'listener.recovered': {
      guard: 'isLost',
      target: '.deciding',
      actions: [note('open'), sendToParent(({ event }) => event)],
    },
    'listener.ended': {
      guard: 'isOpen',
      target: '.deciding',
      actions: [note('ended'), sendToParent(({ event }) => event)],
    },
    'listener.muted': { guard: 'isMuteConfirmed', target: '.deciding', actions: 'noteMuted' },
    'echo.changed': { actions: ['noteEcho', sendToParent(({ event }) => event)] },
    'actor.restarting': { target: '.deciding', actions: ['noteCrash', sendToParent(({ event }) => event)] },
    'actor.restarted': {
      target: '.deciding',
      actions: ['noteRestart', 'muteAgain', sendToParent(({ event }) => event)],
    },
  },
  states: {
    deciding: {
      entry: ['resumeReply', 'adjustMicrophone'],
      always: [
        { guard: 'isMuted', target: 'muted' },
        { guard: 'isRecording', target: 'hearing' },
        { guard: 'isMuteAsked', target: 'muting' },
        { guard: 'isUnwanted', target: 'off' },
        { guard: 'isFailed', target: 'failed' },
        { guard: 'isNotOpen', target: 'opening' },
        { guard: 'mayGoOn', target: 'goingOn' },
        { guard: 'canInterrupt', target: 'interruptible' },
        { guard: 'isBusy', target: 'quiet' },
        { guard: 'mayFollowUp', target: 'followingUp' },
        { target: 'waiting' },
      ],
    },
    off: { entry: tell('closed') },
    /** The person is told when it is certain. */
    muting: {
      after: { muteTimeout: { target: 'muting', reenter: true, actions: ['muteAgain', tell('failed')] } },
    },
    muted: { entry: tell('muted') },
    opening: {
      entry: tell('closed'),
      after: { openTimeout: { target: 'failed', actions: note('failed') } },
    },
    failed: { entry: tell('failed') },
    waiting: {
      initial: 'choosing',
      states: {
        choosing: { always: [{ guard: 'hearsWakeWord', target: 'forWakeWord' }, { target: 'forSpeech' }] },
        forWakeWord: {
          entry: tell('waiting', 'wake'),
          on: { 'wake.heard': { target: '#listening.triggered', actions: press('wake') } },
        },
        forSpeech: {
          entry: tell('waiting', 'speech'),
          on: { 'speech.started': { target: '#listening.triggered', actions: press('voice') } },
        },
      },
    },
    followingUp: {
      entry: tell('follow-up', 'speech'),
      after: { followUp: { target: 'deciding', actions: 'endFollowUp' } },
      on: { 'speech.started': { target: 'triggered', actions: press('follow-up') } },
    },
    /** The conversation begins to record at once, or it does not. */
    triggered: {
      after: { triggerTimeout: 'deciding' },
    },
    /** A turn is recorded. */
    hearing: {
      entry: tell('recording', 'end'),
      initial: 'choosing',
      on: {
        'conversation.entered': { guard: 'isGoingOn' },
        'listen.end': [
          { guard: 'isFinished', target: '.finished', actions: ['noteEnd', 'release'] },
          { guard: 'isToBeCancelled', target: '.finished', actions: ['cancel', 'refuse'] },
        ],
      },
      states: {
        choosing: { always: [{ guard: 'awaitsSpeech', target: 'silent' }, { target: 'speaking' }] },
        silent: {
          after: { noSpeechLimit: { target: 'finished', actions: 'cancel' } },
          on: { 'speech.started': { target: 'speaking', actions: 'noteSpeech' } },
        },
        /** Limited by the conversation. */
        speaking: {
          on: {
            'speech.ended': { target: 'finished', actions: ['noteEnd', 'release'] },
            'listen.hold': { guard: 'isThisTurn', actions: 'hold' },
          },
        },
        /** The gateway may know only now that nobody spoke. */
        finished: { on: { 'listen.end': [{ guard: 'isToBeCancelled', actions: ['cancel', 'refuse'] }, {}] } },
      },
    },
    /** The pause may not have been the end of the sentence: speech interrupts the work on the answer, before anything of it is heard. */
    goingOn: {
      entry: tell('waiting', 'speech'),
      after: { goOnLimit: { target: 'deciding', actions: 'endGoingOn' } },
      on: {
        'speech.started': { target: 'triggered', actions: press('voice') },
        'listen.end': { guard: 'isToBeCancelled', actions: ['cancel', 'refuse'] },
      },
    },
    /** The gateway works or speaks. */
    quiet: {
      entry: tell('paused'),
      on: {
        'listen.end': { guard: 'isToBeCancelled', actions: ['cancel', 'refuse'] },
        'echo.changed': { target: 'deciding', actions: ['noteEcho', sendToParent(({ event }) => event)] },
      },
    },
    interruptible: {
      initial: 'choosing',
      on: {
        'listen.end': { guard: 'isToBeCancelled', actions: ['cancel', 'refuse'] },
        'echo.changed': { target: 'deciding', actions: ['noteEcho', sendToParent(({ event }) => event)] },
      },
      states: {
        choosing: { always: [{ guard: 'hearsWakeWord', target: 'byWakeWord' }, { target: 'bySpeech' }] },
        byWakeWord: {
          entry: tell('waiting', 'wake'),
          on: { 'wake.heard': { target: '#listening.triggered', actions: press('wake') } },
        },
        bySpeech: {
          entry: tell('waiting', 'interruption'),
          on: {
            'interruption.suspected': { target: '#listening.interrupting', actions: 'pauseReply' },
            'interruption.confirmed': { target: '#listening.triggered', actions: press('voice') },
          },
        },
      },
    },
    /** The reply is paused. */
    interrupting: {
      after: { interruptionLimit: 'deciding' },
      on: {
        'interruption.confirmed': { target: 'triggered', actions: press('voice') },
        'interruption.dismissed': 'deciding',
      },
    },
  },
});
