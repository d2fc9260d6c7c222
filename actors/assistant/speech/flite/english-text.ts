/**
 * The text as flite can say it. flite knows English and ASCII: a letter that it does not know is silence.
 */
import { EarshotError } from '../../../../src/core/errors.ts';

/** @throws EarshotError `assistant_refused`: the text is in another script */
export function englishText(text: string): string {
  const latin = text.normalize('NFKD').replace(/\p{M}/gu, '');
  const letters = latin.match(/\p{L}/gu)?.length ?? 0;
  const foreign = latin.match(/\P{Script=Latin}/gu)?.filter((character) => /\p{L}/u.test(character)).length ?? 0;
  if (foreign > letters / 4) {
    throw new EarshotError(
      'assistant_refused',
      'The embedded voice speaks only English',
      'Choose another synthesizer.',
    );
  }
  return latin.replace(/[^\x20-\x7e]/g, ' ').trim();
}
