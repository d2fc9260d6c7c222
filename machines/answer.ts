/**
 * The assistant's answer to one utterance:
 *
 *     listening → transcribing → thinking → speaking → done, or interrupted, or failed
 *
 * Three actors do the work; speech, text and frames go from one to the next without passing this machine. The brain is asked at each pause
 * of the person already (a draft). The draft is void if the person goes on speaking, and is spoken if the whole utterance says the same.
 * Whatever fails is told to the person, once, and the turn ends well.
 */
import { ANSWER_TIMEOUTS, INITIAL_ANSWER, NOTHING_HEARD } from './answer-context.ts';
import { ANSWER_CHILDREN, answerSetup } from './answer-setup.ts';
import { startAll } from './wiring.ts';

const timeout = (error: (typeof ANSWER_TIMEOUTS)[keyof typeof ANSWER_TIMEOUTS]) =>
  ({ target: '#answer.failing', actions: { type: 'rememberTimeout', params: { error } } }) as const;

export const answerMachine = answerSetup.createMachine({
  id: 'answer',
  context: INITIAL_ANSWER,
  invoke: startAll(ANSWER_CHILDREN),
  initial: 'listening',
  on: {
    'answer.abort': '.interrupted',
    'actor.crashed': { target: '.failing', actions: 'rememberError' },
  },
  states: {
    listening: {
      initial: 'hearing',
      states: {
        hearing: {
          on: {
            'transcription.paused': { guard: 'isNewDraft', actions: 'ask' },
            'transcription.resumed': { actions: ['cancelThinking', 'forgetDraft'] },
            'thinking.begun': { guard: 'isThisAsk', actions: 'markBegun' },
            /** It is asked again when the utterance is over. */
            'thinking.failed': { guard: 'isThisAsk', actions: 'forgetDraft' },
            'transcription.failed': { target: 'deaf', actions: 'rememberError' },
            'actor.crashed': { target: 'deaf', actions: 'rememberError' },
            'answer.final': { target: '#answer.transcribing', actions: 'finishTranscription' },
          },
        },
        /** The person is not interrupted by an apology. */
        deaf: { on: { 'answer.final': '#answer.failing', 'actor.crashed': {} } },
      },
    },
    transcribing: {
      after: { transcriptionLimit: timeout(ANSWER_TIMEOUTS.transcription) },
      on: {
        'thinking.begun': { guard: 'isThisAsk', actions: 'markBegun' },
        'thinking.failed': { guard: 'isThisAsk', actions: 'forgetDraft' },
        'transcription.done': [
          {
            guard: 'isEmpty',
            target: 'failing',
            actions: { type: 'rememberTimeout', params: { error: NOTHING_HEARD } },
          },
          { guard: 'isDraft', target: 'thinking' },
          { target: 'thinking', actions: 'ask' },
        ],
        'transcription.passed': { target: 'thinking', actions: 'ask' },
        'transcription.failed': { target: 'failing', actions: 'rememberError' },
      },
    },
    thinking: {
      entry: ['openSpeech', 'confirm'],
      initial: 'asking',
      states: {
        asking: {
          always: { guard: 'isBegun', target: 'writing' },
          after: { thinkingLimit: timeout(ANSWER_TIMEOUTS.thinking) },
          on: { 'thinking.begun': { guard: 'isThisAsk', target: 'writing' } },
        },
        writing: {
          after: { firstAudioLimit: timeout(ANSWER_TIMEOUTS.firstAudio) },
        },
      },
      on: {
        'thinking.failed': { guard: 'isThisAsk', target: 'failing', actions: 'rememberError' },
        'speech.failed': { target: 'failing', actions: 'rememberError' },
        'speech.started': 'speaking',
      },
    },
    speaking: {
      after: { stallLimit: timeout(ANSWER_TIMEOUTS.stall) },
      on: {
        'speech.sentence': { target: 'speaking', reenter: true },
        'thinking.failed': { guard: 'isThisAsk', target: 'failing', actions: 'rememberError' },
        'speech.failed': { target: 'failing', actions: 'rememberError' },
        'speech.done': 'done',
      },
    },
    failing: {
      entry: ['reportFailure', 'cancelThinking', 'apologize'],
      after: { apologyLimit: 'failed' },
      on: {
        'speech.apologized': { target: 'failed', actions: 'markTold' },
        'speech.failed': 'failed',
        'actor.crashed': 'failed',
      },
    },
    done: { type: 'final', entry: { type: 'reportEnd', params: { outcome: 'done' } } },
    interrupted: { type: 'final', entry: { type: 'reportEnd', params: { outcome: 'interrupted' } } },
    failed: { type: 'final', entry: { type: 'reportEnd', params: { outcome: 'failed' } } },
  },
});
