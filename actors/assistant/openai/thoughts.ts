/**
 * Removes what a model thinks before it answers: some servers send it as text, `<think>…</think>` (DeepSeek, Qwen).
 */
const BEGIN = '<think>';
const END = '</think>';

/** Takes the pieces of an answer in order, and returns what of each is to be spoken. */
export function createThoughtFilter(): (piece: string) => string {
  let state: 'beginning' | 'thinking' | 'answering' = 'beginning';
  let held = '';
  return (piece) => {
    if (state === 'answering') return piece;
    held += piece;
    if (state === 'beginning') {
      const text = held.trimStart();
      if (text.startsWith(BEGIN)) state = 'thinking';
      else if (BEGIN.startsWith(text)) return '';
      else {
        state = 'answering';
        return held;
      }
    }
    const at = held.indexOf(END);
    if (at < 0) {
      // Only so much is kept that an end that comes in two pieces is found.
      held = held.slice(-END.length);
      return '';
    }
    state = 'answering';
    return held.slice(at + END.length).trimStart();
  };
}
