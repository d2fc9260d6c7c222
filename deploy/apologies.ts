/**
 * Makes assets/apologies/*.opus, the sentences of actors/assistant/speech/apologies.ts, with the embedded voice.
 * `node --import tsx deploy/apologies.ts` writes them again; it needs the model (`earshot models fetch flite`).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { APOLOGIES, type ApologyName, apologyPath } from '../actors/assistant/speech/apologies.ts';
import { createSentenceEncoder } from '../actors/assistant/speech/encoding/sentence-encoder.ts';
import { createFliteProgram } from '../actors/assistant/speech/flite/flite-program.ts';
import { BUNDLED_APOLOGIES } from '../src/core/files/bundled.ts';
import { defaultModelsFolder } from '../src/core/files/paths.ts';
import { encodeOpusFile } from '../src/core/ogg/opus-file.ts';
import { modelFiles } from '../src/models/model-files.ts';

const { wasm } = await modelFiles('flite', defaultModelsFolder());
const program = createFliteProgram(new WebAssembly.Module(readFileSync(wasm)));
mkdirSync(BUNDLED_APOLOGIES, { recursive: true });
for (const [name, text] of Object.entries(APOLOGIES) as [ApologyName, string][]) {
  const encoder = createSentenceEncoder(true);
  const frames: Uint8Array[] = [];
  for await (const some of encoder.push(program.speak(text, 'rms'))) frames.push(...some);
  for await (const some of encoder.end()) frames.push(...some);
  encoder.close();
  writeFileSync(apologyPath(name), encodeOpusFile({ frames, comments: [`TITLE=${text}`] }));
}
