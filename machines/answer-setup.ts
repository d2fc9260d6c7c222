/**
 * The parts of the answer machine: its children, guards and actions. The states are in answer.ts.
 */
import { assign, enqueueActions, setup } from 'xstate';
import { speechContract, thinkingContract, transcriptionContract } from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import {
  ANSWER_DELAYS_MS,
  type AnswerContext,
  type AnswerEvent,
  type AnswerNotification,
  type AnswerOutcome,
} from './answer-context.ts';
import { type ChildTypes, childSender, placeholders } from './wiring.ts';

export const ANSWER_CHILDREN = {
  transcription: transcriptionContract,
  thinking: thinkingContract,
  speech: speechContract,
} as const;

type AnswerChildren = ChildTypes<typeof ANSWER_CHILDREN>;
type Args = { context: AnswerContext };

const sendToChild = childSender<AnswerChildren>();
const textOf = (event: AnswerEvent) => ('text' in event ? event.text : '');

/** A recogniser may write the same words with another punctuation when it knows that they were all. */
function hasSameWords(one: string, other: string): boolean {
  const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
  return words(one).join(' ') === words(other).join(' ');
}

export const answerSetup = setup({
  types: {
    context: {} as AnswerContext,
    events: {} as AnswerEvent,
    emitted: {} as AnswerNotification,
  },
  actors: placeholders(ANSWER_CHILDREN),
  delays: ANSWER_DELAYS_MS,
  guards: {
    isNewDraft: ({ context, event }) => textOf(event) !== '' && !hasSameWords(textOf(event), context.draft ?? ''),
    isDraft: ({ context, event }) => context.draft !== undefined && hasSameWords(textOf(event), context.draft),
    isEmpty: ({ event }) => textOf(event) === '',
    isThisAsk: ({ context, event }) => 'ask' in event && event.ask === context.ask,
    isBegun: ({ context }) => context.isBegun,
  },
  actions: {
    finishTranscription: sendToChild('transcription', { type: 'transcription.finish' }),
    ask: enqueueActions(({ context, event, enqueue }) => {
      const ask = context.ask + 1;
      const text = textOf(event);
      enqueue.assign({ ask, draft: text, isBegun: false });
      enqueue(sendToChild('thinking', { type: 'thinking.ask', ask, text }));
    }),
    /** The utterance is over, and the last question was about all of it. */
    confirm: sendToChild('thinking', ({ context }: Args) => ({ type: 'thinking.confirm', ask: context.ask })),
    openSpeech: sendToChild('speech', { type: 'speech.open' }),
    cancelThinking: sendToChild('thinking', { type: 'thinking.cancel' }),
    forgetDraft: assign({ draft: undefined, isBegun: false }),
    markBegun: assign({ isBegun: true }),
    rememberError: assign(({ event }) => ('error' in event ? { error: event.error } : {})),
    rememberTimeout: assign((_, { error }: { error: ErrorInfo }) => ({ error })),
    reportFailure: enqueueActions(({ context: { error }, enqueue }) => {
      enqueue.emit({ type: 'answer.failing', error });
    }),
    apologize: sendToChild('speech', ({ context }: Args) => ({ type: 'speech.apologize', error: context.error })),
    markTold: assign({ isTold: true }),
    reportEnd: enqueueActions(({ context: { error, isTold }, enqueue }, { outcome }: { outcome: AnswerOutcome }) => {
      enqueue.emit({ type: 'answer.ended', outcome, error, isTold });
    }),
  },
});
