/**
 * The classifier that is asked when no rule fits: nlp.js, trained with the skills' phrasings. Training takes some 50 ms, so
 * it waits for the first use.
 */
import { isFiller } from './heard/interpretation.ts';
import { wordsOf } from './heard/words.ts';
import type { NamedSkill } from './understand.ts';

export interface Classifier {
  /** The name of the tool; undefined if it is not sure. */
  classify(text: string): Promise<string | undefined>;
}

/** The part of the words that say something that must be in the skill's phrasings: nlp.js is sure of itself by one word. */
const LEAST_KNOWN = 0.6;
/** Below this, it is more often wrong than right. */
const LEAST_SCORE = 0.75;

interface Nlp {
  settings: { autoSave: boolean };
  nluManager: { settings: { log?: boolean } };
  addLanguage(language: string): void;
  addDocument(language: string, text: string, intent: string): void;
  train(): Promise<void>;
  process(language: string, text: string): Promise<{ intent: string; score: number }>;
}

export function createClassifier(skills: readonly NamedSkill[]): Classifier {
  let trained: Promise<Nlp> | undefined;
  return {
    async classify(text) {
      trained ??= train(skills);
      const { intent, score } = await (await trained).process('en', text);
      const phrasings = skills.find(({ name }) => name === intent)?.phrasings;
      return phrasings && score >= LEAST_SCORE && knownPart(text, phrasings) >= LEAST_KNOWN ? intent : undefined;
    },
  };
}

function knownPart(text: string, phrasings: readonly string[]): number {
  const known = new Set(phrasings.flatMap((phrasing) => phrasing.split(' ')));
  const words = wordsOf(text).filter((word) => !isFiller(word.text));
  return words.length === 0 ? 0 : words.filter((word) => known.has(word.text)).length / words.length;
}

async function train(skills: readonly NamedSkill[]): Promise<Nlp> {
  const [{ containerBootstrap }, { Nlp }, { LangEn }] = await Promise.all([
    import('@nlpjs/core'),
    import('@nlpjs/nlp'),
    import('@nlpjs/lang-en'),
  ]);
  const container = await containerBootstrap();
  container.use(Nlp);
  container.use(LangEn);
  const nlp = container.get('nlp') as Nlp;
  nlp.settings.autoSave = false;
  // It would write each step of its training to the terminal.
  nlp.nluManager.settings.log = false;
  nlp.addLanguage('en');
  for (const { name, phrasings } of skills) for (const text of phrasings) nlp.addDocument('en', text, name);
  await nlp.train();
  return nlp;
}
