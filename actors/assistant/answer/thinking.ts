/**
 * The brain at work on one utterance. It may be asked before the utterance is over, several times; what it answers is kept back until the
 * last question is confirmed, then it goes on to the speech.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { Channel } from '../../../src/core/actor/channel.ts';
import type { ThinkingContract } from '../../../src/core/contracts/index.ts';
import { errorInfo } from '../../../src/core/errors.ts';
import type { Answer } from '../../responder/responder.ts';
import type { Brain, BrainRequest } from '../parts/brain.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Tool, ToolCall } from '../parts/tool.ts';
import { confirmedTools } from './confirmed-tools.ts';

/** The answer's text, piece by piece. */
export type AnswerText = { type: 'text'; text: string } | { type: 'end' };

export interface ThinkingOptions {
  brain: Brain;
  /** What the brain is told beside the question; asked anew for each question. */
  background: () => Promise<Omit<BrainRequest, 'text' | 'tools'>>;
  tools: readonly Tool[];
  output: Channel<AnswerText>;
  /** Characters of an answer; the rest is not read. */
  maxCharacters: number;
  answer: Pick<Answer, 'reached'>;
  onToolCall: (call: ToolCall) => void;
}

/** A question that the brain works on. */
class Question {
  readonly ask: number;
  readonly #abort = new AbortController();
  readonly confirmed: Promise<void>;
  confirm: () => void = () => {};
  isConfirmed = false;
  /** What was answered before the confirmation. */
  kept: AnswerText[] = [];
  characters = 0;

  constructor(ask: number) {
    this.ask = ask;
    this.confirmed = new Promise((resolve) => {
      this.confirm = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isVoid(): boolean {
    return this.#abort.signal.aborted;
  }

  cancel(): void {
    this.#abort.abort();
  }
}

export function defineThinking(options: ThinkingOptions): ActorDefinition<ThinkingContract> {
  const { brain, background, tools, output, maxCharacters, answer, onToolCall } = options;
  return (scope) => {
    let current: Question | undefined;

    function begin(ask: number, text: string): void {
      current?.cancel();
      const question = new Question(ask);
      current = question;
      scope.run(() => work(question, text));
    }

    async function work(question: Question, text: string): Promise<void> {
      const { ask, signal } = question;
      try {
        const known = await background();
        if (question.isVoid) return;
        const request = { ...known, text, tools: confirmedTools(tools, question.confirmed, signal) };
        for await (const piece of brain.answer(request, signal)) {
          if (question.isVoid) return;
          if (piece.type === 'tool') onToolCall(piece.call);
          else if (!take(question, piece.text)) break;
        }
        if (question.isVoid) return;
        if (question.characters === 0) throw badAnswer('the brain', 'it is empty');
        pass(question, { type: 'end' });
      } catch (error) {
        if (!question.isVoid) scope.send({ type: 'thinking.failed', ask, error: errorInfo(error) });
      }
    }

    /** False: the answer is long enough. */
    function take(question: Question, text: string): boolean {
      if (text === '') return true;
      if (question.characters === 0) {
        if (question.isConfirmed) answer.reached('firstToken');
        scope.send({ type: 'thinking.begun', ask: question.ask });
      }
      question.characters += text.length;
      pass(question, { type: 'text', text });
      return question.characters < maxCharacters;
    }

    function pass(question: Question, piece: AnswerText): void {
      if (question.isConfirmed) output.send(piece);
      else question.kept.push(piece);
    }

    function confirm(): void {
      if (!current) return;
      const { kept } = current;
      current.isConfirmed = true;
      current.kept = [];
      current.confirm();
      if (kept.length > 0) answer.reached('firstToken');
      for (const piece of kept) output.send(piece);
    }

    return {
      receive(event) {
        if (event.type === 'thinking.ask') begin(event.ask, event.text);
        else if (event.type === 'thinking.cancel') current?.cancel();
        else if (event.ask === current?.ask) confirm();
      },
      stop: () => current?.cancel(),
    };
  };
}
