/** The voices in flite.wasm, the most intelligible first: what `rms` says is recognised with 6 % of errors, `slt` with 20 %. */
export const FLITE_VOICES = ['rms', 'slt', 'awb', 'kal16', 'kal'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];
