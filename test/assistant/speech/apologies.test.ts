import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { APOLOGIES, type ApologyName, apologyPath, openApologies } from '../../../actors/assistant/speech/apologies.ts';
import { createOpusDecoder } from '../../../actors/codec/opus.ts';
import { decodeOpusFile } from '../../../src/core/ogg/opus-file.ts';

describe('what the person hears when there is no answer', () => {
  test('each error has a sentence with sound, ready at once', () => {
    const apologyFor = openApologies();
    for (const code of [
      'nothing_heard',
      'assistant_timeout',
      'assistant_failed',
      'models_missing',
      'internal',
    ] as const) {
      const [sentence, sound] = apologyFor({ code });
      assert.ok(sentence?.type === 'sentence' && sentence.fromMs === 0);
      assert.ok(sound?.type === 'frames' && sound.frames.length > 50);
      const decoder = createOpusDecoder();
      const loudest = sound.frames.flatMap((frame) => [...decoder.decode(frame)]).reduce((a, b) => Math.max(a, b));
      assert.ok(loudest > 8_000, `${loudest}`);
    }
    const [sentence] = apologyFor({ code: 'nothing_heard' });
    assert.deepEqual(sentence, { type: 'sentence', text: 'Sorry, I did not understand.', fromMs: 0 });
  });

  test('the recordings are those of the sentences', () => {
    for (const [name, text] of Object.entries(APOLOGIES)) {
      const { comments } = decodeOpusFile(readFileSync(apologyPath(name as ApologyName)));
      assert.deepEqual(comments, [`TITLE=${text}`], 'run: node --import tsx deploy/apologies.ts');
    }
  });
});
