/**
 * A tool: something that a brain can do beside talking. Skills are tools, and so are the device's own functions and those
 * of MCP servers.
 */
import type { DeviceProfile } from '../../../src/core/device-profile.ts';

/**
 * - `reads`: changes nothing.
 * - `changes`: the person can take it back. It does not run before it is certain that the person has finished speaking.
 * - `asks`: risky; like `changes`, and the person is asked first.
 */
export type ToolEffect = 'reads' | 'changes' | 'asks';

/** Something that a brain can do, with a schema of its input. */
export interface Tool {
  /** a–z, 0–9 and _, 1 to 64 characters. Unique among the tools of a request. */
  name: string;
  /** For a language model: when to use it, and what it returns. */
  description: string;
  /** JSON Schema of the input: an object. */
  parameters: Record<string, unknown>;
  effect: ToolEffect;
  /** Resolves with a text for the brain, or for the person. @throws EarshotError `tool_…` */
  call(input: Record<string, unknown>, context: ToolContext): Promise<string>;
  /**
   * Of a risky tool whose use is guarded: the brain itself asks the person, in this turn, whether to call it with this input. A yes in the
   * next turn then lets the call pass.
   */
  ask?(input: Record<string, unknown>, context: ToolContext): void;
}

/** For whom, when and how long a tool is used. */
export interface ToolContext {
  device: DeviceProfile;
  turnId: string;
  /** Wall clock, ms since 1970. */
  nowMs: number;
  signal: AbortSignal;
  /** UUIDs for what the tool makes. When the turn is answered again, they are the same in the same order: doing it twice is doing it once. */
  makeId?: () => string;
}

/** In the record of the turn. */
export interface ToolCall {
  name: string;
  input: Record<string, unknown>;
  /** What the tool returned; undefined if it failed. */
  result?: string;
  error?: string;
}

/** How the result of a risky tool begins that was not used, because the person has not agreed. The rest tells a model what to do. */
export const NOT_AGREED = 'Not done yet: the person must agree first.';
