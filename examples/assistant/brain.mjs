/**
 * A brain of your own: it answers in text, as it comes. This one counts the words; replace `wordsOf` by what you like: a database, a model, a game.
 *
 *     earshot gateway --assistant brain=./examples/assistant/brain.mjs
 *
 * In the configuration file, with options of its own:
 *
 *     { "assistant": { "brain": { "provider": "./brain.mjs", "options": { "greeting": "Well." } } } }
 */

/** Called once, when the gateway starts, with the settings of the configuration. `Brain` in the types of the package describes what it returns. */
export default function createBrain({ options = {} }) {
  return {
    async *answer({ text, history }, signal) {
      if (options.greeting && history.length === 0) yield { type: 'text', text: `${options.greeting} ` };
      for (const sentence of sentencesAbout(text)) {
        // The person interrupted: nothing more is needed.
        if (signal.aborted) return;
        yield { type: 'text', text: sentence };
      }
    },
    async close() {},
  };
}

function sentencesAbout(text) {
  const words = text.match(/[\p{L}\p{N}'-]+/gu) ?? [];
  const longest = words.reduce((one, other) => (other.length > one.length ? other : one), '');
  return [`You said ${words.length} words. `, `The longest one was ${longest}.`];
}
