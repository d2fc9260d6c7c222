/** How long the peer lets a client wait: known, so that a client's own delay can be measured. */
export interface PeerDelays {
  /** From the request to the first token, or to the first event of Realtime's answer. */
  firstTokenMs: number;
  /** From one token to the next. */
  tokenMs: number;
  /** From the audio to its transcript, instead of the time that recognition takes; 0: only that. */
  transcriptMs: number;
  /** From the text to the first of its audio, beside the time that synthesis takes. */
  firstAudioMs: number;
  /** From one piece of audio, 100 ms, to the next. */
  audioMs: number;
}

export const NO_DELAYS: PeerDelays = { firstTokenMs: 0, tokenMs: 0, transcriptMs: 0, firstAudioMs: 0, audioMs: 0 };
