/**
 * Asks the questions of a suite in each voice and noise, and judges the answers.
 */
import type { ErrorInfo } from '../../core/errors.ts';
import type { StageLatencies } from '../../observability/turn-report.ts';
import { judge } from './expectation.ts';
import type { AskedTurn, Conversation, Line } from './line.ts';
import { babble, describeNoise, type Noise, seedOf, whiteNoise } from './noise.ts';
import type { Case, Half, Suite } from './suite.ts';
import { addNoise, placeSpeech } from './utterance.ts';
import type { Voice } from './voices/voice.ts';
import { spokenWords } from './words/spoken-words.ts';
import { countWordErrors, type WordErrors } from './words/word-errors.ts';

export interface Evaluation {
  suite: Suite;
  cases: readonly Case[];
  voices: readonly Voice[];
  /** Undefined: without noise. */
  noises: readonly (Noise | undefined)[];
  /** Somebody says these sentences in the background of babble. */
  babblers: readonly Int16Array[];
  line: Line;
  /** IANA name, of the device. */
  timeZone: string;
  /** Conversations at the same time. */
  atOnce: number;
  /** How often each question is asked. */
  iterations: number;
  /** How much is done, from 0 to 1. */
  onProgress(share: number): void;
}

export interface EvaluatedTurn {
  said: string;
  heard: string;
  answer: string;
  wordErrors: WordErrors;
  latencyMs?: StageLatencies;
  error?: ErrorInfo;
}

export interface CaseResult {
  /** Of the case in the suite; of a sentence that is only recognised, `recording/number`. */
  id: string;
  kind: string;
  /** Undefined: it is only recognised. */
  half?: Half;
  voice: string;
  noise: string;
  turns: EvaluatedTurn[];
  /** Undefined: it is only recognised. */
  right?: boolean;
  missing: string[];
  forbidden: string[];
}

/** A case, or a sentence that is only recognised. */
type Spoken = Omit<Case, 'half' | 'answer'> & Partial<Pick<Case, 'half' | 'answer'>>;

interface Task {
  spoken: Spoken;
  voice: Voice;
  noise: Noise | undefined;
  /** Of its conversation: no two have the same device. */
  name: string;
}

/** What a voice has no recording of is left out. */
export async function evaluateCases(evaluation: Evaluation): Promise<CaseResult[]> {
  const tasks = tasksOf(evaluation);
  const results: (CaseResult | undefined)[] = [];
  let begun = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (let task = tasks[begun]; task; task = tasks[begun]) {
      const place = begun;
      begun += 1;
      results[place] = await take(task, evaluation);
      done += 1;
      evaluation.onProgress(done / tasks.length);
    }
  };
  await Promise.all(Array.from({ length: evaluation.atOnce }, work));
  return results.filter((result) => result !== undefined);
}

function tasksOf({ cases, voices, noises, iterations }: Evaluation): Task[] {
  const asked = new Set(cases.flatMap(({ said }) => said.map(wordsOf)));
  return voices.flatMap((voice) => {
    const others = (voice.texts ?? []).filter((text) => !asked.has(wordsOf(text)));
    const recognised = others.map((text, i) => ({ id: `recording/${i + 1}`, kind: 'recording', said: [text] }));
    const all: Spoken[] = [...cases, ...recognised];
    return Array.from({ length: iterations }, (_, round) =>
      noises.flatMap((noise) =>
        all.map((spoken) => {
          const name = [spoken.id.replace('/', '-'), voice.name, describeNoise(noise).replaceAll(' ', ''), round + 1];
          return { spoken, voice, noise, name: name.join('-') };
        }),
      ),
    ).flat();
  });
}

async function take({ spoken, voice, noise, name }: Task, evaluation: Evaluation): Promise<CaseResult | undefined> {
  const utterances: Int16Array[] = [];
  for (const text of spoken.said) {
    const speech = await voice.speak(text);
    if (!speech) return undefined;
    const seed = seedOf([voice.name, describeNoise(noise), text].join('\n'));
    utterances.push(withNoise(placeSpeech(speech), noise, evaluation.babblers, seed));
  }
  const asked = await askAll(name, utterances, evaluation.line);
  const turns = spoken.said.map((said, i) => evaluatedTurn(said, asked[i]));
  const verdict = spoken.answer ? verdictOf(spoken.answer, asked, utterances.length, evaluation) : undefined;
  return {
    id: spoken.id,
    kind: spoken.kind,
    ...(spoken.half && { half: spoken.half }),
    ...{ voice: voice.name, noise: describeNoise(noise), turns, missing: [], forbidden: [] },
    ...verdict,
  };
}

function wordsOf(text: string): string {
  return spokenWords(text).join(' ');
}

function withNoise(
  utterance: Int16Array,
  noise: Noise | undefined,
  babblers: readonly Int16Array[],
  seed: number,
): Int16Array {
  if (!noise) return utterance;
  const samples = utterance.length;
  const added = noise.kind === 'white' ? whiteNoise(samples, seed) : babble(babblers, samples, seed);
  return addNoise(utterance, added, noise.snrDb);
}

/** The turns of one conversation, until one fails. */
async function askAll(name: string, utterances: readonly Int16Array[], line: Line): Promise<AskedTurn[]> {
  const conversation: Conversation = await line.converse(name);
  const asked: AskedTurn[] = [];
  try {
    for (const utterance of utterances) asked.push(await conversation.ask(utterance));
  } finally {
    await conversation.close();
  }
  return asked;
}

function evaluatedTurn(said: string, asked: AskedTurn | undefined): EvaluatedTurn {
  const { heard = '', answer = '', latencyMs, error } = asked ?? {};
  const wordErrors = countWordErrors(said, heard);
  return { said, heard, answer, wordErrors, ...(latencyMs && { latencyMs }), ...(error && { error }) };
}

/** The last answer counts. */
function verdictOf(
  expected: Case['answer'],
  asked: readonly AskedTurn[],
  turns: number,
  { suite, timeZone }: Evaluation,
) {
  const last = asked[turns - 1];
  const { fromMs = 0, toMs = 0, answer = '' } = last ?? {};
  return judge(answer, expected, suite.patterns, { fromMs, toMs, timeZone });
}
