/**
 * The assistant with a brain of its own: Earshot's recogniser and voice, and an answer that you write.
 *
 *     bin/earshot start --responder examples/responders/repeat-words.mjs
 */
import {
  createAssistant,
  createMemory,
  createReplyVoice,
  DEFAULT_LIMITS,
  defaultModelsFolder,
  loadProvider,
  silentLog,
  systemClock,
} from 'earshot';

const context = { clock: systemClock, log: silentLog, modelsFolder: defaultModelsFolder(), reportUsage() {} };
const transcriber = await (await loadProvider('transcriber', 'moonshine')).create({}, context);
const synthesizer = await (await loadProvider('synthesizer', 'flite')).create({}, context);

/** @type {import('earshot').Brain} */
const brain = {
  // What is yielded is spoken while you write the rest; it ends early when `signal` is aborted.
  async *answer({ text, history }) {
    yield { type: 'text', text: `You said: ${text} ` };
    if (history.length > 0) yield { type: 'text', text: `Before that: ${history[0].text}` };
  },
  async close() {},
};

export default createAssistant({
  transcriber,
  brain,
  voice: createReplyVoice({ synthesizer, limits: DEFAULT_LIMITS, ...context }),
  memory: createMemory(context),
});
