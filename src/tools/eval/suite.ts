/**
 * A suite of spoken questions: what is said, in several phrasings, and what the answer must have. The file is described
 * in docs/evaluation.md.
 */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { EarshotError } from '../../core/errors.ts';
import { readInput } from '../../core/files/input-file.ts';
import { compilePattern } from './expectation.ts';

const MAX_SUITE_BYTES = 4 * 1024 * 1024;
const MAX_TEXT = 500;

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(MAX_TEXT));
const patterns = v.array(text);

const answerSchema = v.strictObject({
  /** Each must be found in the answer. */
  has: v.optional(patterns, []),
  /** None may be found in it. */
  hasNot: v.optional(patterns, []),
});

/** One phrasing: one utterance, or the utterances of several turns, of which the last is the question. */
const phrasing = v.union([text, v.pipe(v.array(text), v.minLength(2), v.maxLength(10))]);

const questionSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/)),
  kind: v.pipe(v.string(), v.regex(/^[a-z][a-z -]{0,31}$/)),
  said: v.pipe(v.array(phrasing), v.minLength(1)),
  /** Further phrasings that no rule was tuned on. */
  heldOut: v.optional(v.array(phrasing), []),
  answer: answerSchema,
});

const suiteSchema = v.strictObject({
  $schema: v.optional(v.string()),
  name: text,
  /** Splits what is in `said` into halves. Without it all of `said` is for tuning. */
  seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))),
  /** Parts of patterns, by name: `{name}` in a pattern. */
  patterns: v.optional(v.record(v.pipe(v.string(), v.regex(/^[a-z-]+$/)), text), {}),
  questions: v.pipe(v.array(questionSchema), v.minLength(1)),
});

export type Suite = v.InferOutput<typeof suiteSchema>;
export type ExpectedAnswer = v.InferOutput<typeof answerSchema>;

export const HALVES = ['tuning', 'held-out'] as const;
export type Half = (typeof HALVES)[number];

/** One phrasing of a question: a conversation of one or more turns. */
export interface Case {
  /** `question/number`, from 1. */
  id: string;
  kind: string;
  half: Half;
  /** The utterances of the person, in order. */
  said: readonly string[];
  /** Of the last turn. */
  answer: ExpectedAnswer;
}

/** @throws EarshotError `file_not_found`, `file_unreadable`, `suite_invalid` */
export async function readSuite(path: string): Promise<Suite> {
  const bytes = await readInput(path, { maxBytes: MAX_SUITE_BYTES, kind: 'suite' });
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalid(path, `it is not JSON: ${(cause as Error).message}`, cause);
  }
  return parseSuite(json, path);
}

/** @param name of the file, for messages @throws EarshotError `suite_invalid` */
export function parseSuite(json: unknown, name: string): Suite {
  const parsed = v.safeParse(suiteSchema, json);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const where = issue.path?.map(({ key }) => String(key)).join('.') ?? '';
    throw invalid(name, `${where || 'the file'}: ${issue.message}`);
  }
  const suite = parsed.output;
  const ids = new Set<string>();
  for (const { id, answer } of suite.questions) {
    if (ids.has(id)) throw invalid(name, `two questions have the id ${id}`);
    ids.add(id);
    for (const pattern of [...answer.has, ...answer.hasNot]) {
      const wrong = compilePattern(pattern, suite.patterns);
      if (typeof wrong === 'string') throw invalid(name, `${id}: ${wrong}`);
    }
  }
  return suite;
}

/** All phrasings of all questions. */
export function casesOf({ seed, questions }: Suite): Case[] {
  return questions.flatMap(({ id, kind, said, heldOut, answer }) =>
    [...said, ...heldOut].map((phrasing, i) => {
      const turns = [phrasing].flat();
      const half = i >= said.length ? 'held-out' : seed === undefined ? 'tuning' : halfOf(seed, turns);
      return { id: `${id}/${i + 1}`, kind, half, said: turns, answer };
    }),
  );
}

/**
 * The half follows from the seed and from what is said, and from nothing else: a phrasing stays in its half when others are
 * added, moved or removed.
 */
export function halfOf(seed: number, said: readonly string[]): Half {
  const [first = 0] = createHash('sha256')
    .update(`${seed}\n${said.join('\n')}`)
    .digest();
  return first % 2 === 0 ? 'tuning' : 'held-out';
}

function invalid(name: string, what: string, cause?: unknown): EarshotError {
  const hint = 'docs/evaluation.md describes the file; assets/eval/suite.json is an example.';
  return new EarshotError('suite_invalid', `${name} is not a suite: ${what}`, hint, { cause });
}
