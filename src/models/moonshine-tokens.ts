/**
 * The token file of Moonshine for sherpa-onnx, one line a token: its text in base64, and its number. Moonshine uses the vocabulary of
 * Llama, which is a constant in the source of `llama-tokenizer-js`: its texts in base64, one a line.
 */
import { EarshotError } from '../core/errors.ts';

/** How the vocabulary writes a space (SentencePiece). */
const SPACE = /▁/g;
/** Of Moonshine; those after Llama's are not used. */
const TOKENS = 32_768;

/** @throws EarshotError `archive_invalid` */
export function moonshineTokens(tokenizerSource: string): string {
  const [, vocabulary] = /\bllama_vocab_base64 = "([A-Za-z0-9+/=]+)"/.exec(tokenizerSource) ?? [];
  if (vocabulary === undefined) {
    throw new EarshotError(
      'archive_invalid',
      'The tokenizer has no vocabulary',
      'Report it: this is a bug in Earshot.',
    );
  }
  const texts = Buffer.from(vocabulary, 'base64').toString().split('\n');
  const lines = Array.from({ length: TOKENS }, (_, id) => {
    const text = (texts[id] ?? `<unk${id}>`).replace(SPACE, ' ');
    return `${Buffer.from(text).toString('base64')} ${id}\n`;
  });
  return lines.join('');
}
