/**
 * What the person can do on the page.
 */
import type { Preferences } from './preferences.ts';
import type { Explanation } from './words.ts';

export interface PersonActions {
  /** `atMs`: of the input, not of its handling, which a busy page delays. */
  talkDown(atMs: number): void;
  talkUp(atMs: number): void;
  /** A press without a duration: of a screen reader, or Enter. */
  talkTap(): void;
  /** Discards what is said, or stops the answer. */
  cancel(): void;
  /** Opens the audio: what the gateway wants to say is said then. */
  hear(): void;
  setHandsFree(isOn: boolean): void;
  openSettings(isOpen: boolean): void;
  /** A part of the page cannot be loaded. */
  missPart(): void;
  change(preferences: Partial<Preferences>): void;
  forgetPairing(): void;
  install(): void;
  dismissProblem(): void;
  act(action: NonNullable<Explanation['action']>): void;
}
