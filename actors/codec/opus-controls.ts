/** Encoder controls and values of libopus' opus_defines.h, for every binding of it. */
import { EarshotError } from '../../src/core/errors.ts';
import { isFrameSize } from '../../src/protocol/format.ts';
import type { EncoderSettings } from './encoder-settings.ts';

export const OPUS_RESET_STATE = 4_028;
/** The library's own default application is AUDIO. */
export const OPUS_SET_APPLICATION = 4_000;
export const OPUS_APPLICATION_VOIP = 2_048;

const CONTROLS = {
  bitrate: 4_002,
  complexity: 4_010,
  fec: 4_012,
  packetLossPercent: 4_014,
  dtx: 4_016,
} as const satisfies Record<keyof EncoderSettings, number>;

/** Calls `set` for each setting that is given. */
export function applyEncoderSettings(
  settings: Partial<EncoderSettings>,
  set: (control: number, value: number) => void,
): void {
  for (const name of Object.keys(CONTROLS) as (keyof EncoderSettings)[]) {
    const value = settings[name];
    if (value !== undefined) set(CONTROLS[name], Number(value));
  }
}

/** @throws EarshotError `frame_size` unless this is one frame of Opus */
export function checkFrame(samples: Int16Array): void {
  if (isFrameSize(samples.length)) return;
  throw new EarshotError(
    'frame_size',
    `a block of ${samples.length} samples is not an Opus frame`,
    'Pass 2.5, 5, 10, 20, 40 or 60 ms.',
  );
}
