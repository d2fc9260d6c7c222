/** An Opus encoder by libopus as WebAssembly, where the native library cannot be: in a browser. */
import { EarshotError } from '../../src/core/errors.ts';
import { CHANNELS, RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { MAX_FRAME_BYTES } from '../../src/protocol/packet.ts';
import type { EncoderSettings, FrameEncoder } from './encoder-settings.ts';
import { freeWith, type Libopus } from './libopus.ts';
import { applyEncoderSettings, checkFrame, OPUS_APPLICATION_VOIP, OPUS_RESET_STATE } from './opus-controls.ts';

/** 60 ms, the longest frame. */
const MAX_SAMPLES = 3 * RECOMMENDED_FRAME_SIZE;

/** @throws EarshotError `codec_unavailable` */
export function createWasmEncoder(opus: Libopus, settings: EncoderSettings): FrameEncoder {
  const stateBytes = opus.opus_encoder_get_size(CHANNELS);
  const encoder = opus.malloc(stateBytes + MAX_SAMPLES * 2 + MAX_FRAME_BYTES);
  const pcm = encoder + stateBytes;
  const data = pcm + MAX_SAMPLES * 2;
  if (encoder === 0 || opus.opus_encoder_init(encoder, SAMPLE_RATE_HZ, CHANNELS, OPUS_APPLICATION_VOIP) !== 0) {
    throw new EarshotError('codec_unavailable', 'The Opus encoder could not be created', 'Reload the page.');
  }
  const set = (control: number, value: number): void => {
    opus.opus_encoder_ctl_set(encoder, control, value);
  };
  applyEncoderSettings(settings, set);

  const handle: FrameEncoder = {
    configure: (changed) => applyEncoderSettings(changed, set),
    restart(next) {
      set(OPUS_RESET_STATE, 0);
      applyEncoderSettings(next, set);
    },
    encode(samples) {
      checkFrame(samples);
      // A new view for each frame: the memory may have grown, which detaches the old buffer.
      new Int16Array(opus.memory.buffer, pcm, samples.length).set(samples);
      const bytes = opus.opus_encode(encoder, pcm, samples.length, data, MAX_FRAME_BYTES);
      if (bytes < 1) {
        throw new EarshotError(
          'codec_failed',
          `Opus could not encode a frame (error ${bytes})`,
          'The stream goes on without it.',
        );
      }
      return new Uint8Array(opus.memory.buffer, data, bytes).slice();
    },
  };
  freeWith(handle, opus, encoder);
  return handle;
}
