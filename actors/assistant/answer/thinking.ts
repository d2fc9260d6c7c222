/**
 * The brain at work on one utterance. It may be asked before the utterance is over, several times; what it answers is kept back until the
 * last question is confirmed, then it goes on to the speech.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { ThinkingContract } from '../../../src/core/contracts/index.ts';
import { errorInfo } from '../../../src/core/errors.ts';
import type { Answer } from '../../responder/responder.ts';
import type { Brain, BrainRequest } from '../parts/brain.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Tool, ToolCall } from '../parts/tool.ts';
import { confirmedTools } from './confirmed-tools.ts';

/** Where the answer's text goes. */
export interface AnswerText {
  /** The next piece. Resolves when there is room for more; never rejects. */
  write(text: string): Promise<void>;
  /** The text is complete. */
  end(): void;
}

export interface ThinkingOptions {
  brain: Brain;
  /** What the brain is told beside the question; asked anew for each question. */
  background: () => Promise<Omit<BrainRequest, 'text' | 'tools'>>;
  /** Those for an utterance. */
  tools: (said: string) => readonly Tool[];
  output: AnswerText;
  /** Characters of an answer; the rest is not read. */
  maxCharacters: number;
  answer: Pick<Answer, 'reached' | 'asks'>;
  onToolCall: (call: ToolCall) => void;
}

/** A question that the brain works on. */
class Question {
  readonly ask: number;
  readonly #abort = new AbortController();
  /** Resolves when it is confirmed or void. */
  readonly decided: Promise<void>;
  #decide: () => void = () => {};
  isConfirmed = false;
  isBegun = false;
  /** Its answer asks the person something. */
  asks = false;
  characters = 0;

  constructor(ask: number) {
    this.ask = ask;
    this.decided = new Promise((resolve) => {
      this.#decide = resolve;
    });
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isVoid(): boolean {
    return this.#abort.signal.aborted;
  }

  confirm(): void {
    this.isConfirmed = true;
    this.#decide();
  }

  cancel(): void {
    this.#abort.abort();
    this.#decide();
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
        const request = { ...known, text, tools: confirmedTools(tools(text), question.decided, signal) };
        for await (const piece of brain.answer(request, signal)) {
          if (question.isVoid) return;
          if (piece.type === 'text') question.asks ||= piece.asks === true;
          if (piece.type === 'tool') onToolCall(piece.call);
          else if (!(await take(question, piece.text))) break;
          if (question.isVoid) return;
        }
        if (question.isVoid) return;
        if (!question.isBegun) throw badAnswer('the brain', 'it is empty');
        await question.decided;
        if (question.isVoid) return;
        if (question.asks) answer.asks();
        output.end();
      } catch (error) {
        if (!question.isVoid) scope.send({ type: 'thinking.failed', ask, error: errorInfo(error) });
      }
    }

    /** False: the answer is long enough. */
    async function take(question: Question, text: string): Promise<boolean> {
      if (text === '') return true;
      if (!question.isBegun) begun(question);
      question.characters += text.length;
      // The next piece is not read before: the answer to a draft stays with the brain.
      await question.decided;
      if (!question.isVoid) await output.write(text);
      return question.characters < maxCharacters;
    }

    function begun(question: Question): void {
      question.isBegun = true;
      if (question.isConfirmed) answer.reached('firstToken');
      scope.send({ type: 'thinking.begun', ask: question.ask });
    }

    function confirm(question: Question): void {
      question.confirm();
      if (question.isBegun) answer.reached('firstToken');
    }

    return {
      receive(event) {
        if (event.type === 'thinking.ask') begin(event.ask, event.text);
        else if (event.type === 'thinking.cancel') current?.cancel();
        else if (event.ask === current?.ask) confirm(current);
      },
      stop: () => current?.cancel(),
    };
  };
}
