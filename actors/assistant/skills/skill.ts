/**
 * A skill: a tool, and how the brain without a language model finds it in what was heard. Each skill is one file; skills.ts
 * lists them.
 */
import type { Lists, Memory, Reminders } from '../parts/memory.ts';
import type { Tool } from '../parts/tool.ts';
import type { Interpretation } from './heard/interpretation.ts';
import type { LocalNow } from './heard/moments.ts';

/** The device's own settings, as far as a skill can change them. */
export interface DeviceControls {
  /** 0 to 100; undefined: it is not known. */
  volume(device: string): Promise<number | undefined>;
  /** 0 to 100. */
  setVolume(device: string, percent: number): Promise<void>;
  /** Ends what rings, and what is spoken. */
  stop(device: string): Promise<void>;
}

/** What skills work with. */
export interface SkillServices {
  memory: Memory;
  lists: Lists;
  reminders: Reminders;
  controls: DeviceControls;
  /** 0 to below 1. */
  random: () => number;
}

export interface Skill {
  tool(services: SkillServices): Tool;
  rules: readonly Rule[];
  /** Phrasings for the classifier, which is asked when no rule fits. Five or more; without slots where that is possible. */
  phrasings: readonly string[];
}

/** How a skill is found. Of all rules that fit, the one that explains most of the words wins. */
export interface Rule {
  /**
   * All of these groups must be heard. A group is a list of words or phrases: `timer|count down`. One that sounds alike
   * counts, too, but less.
   */
  needs: readonly string[];
  /** May be heard, as it is. Explains its words. */
  also?: string;
  /** Sentences for this rule: a transcript that as a whole sounds like one of them fits, too. `read` then finds its words untaken. */
  whole?: string;
  /** Must not be heard. */
  not?: string;
  /** Reads the tool's input from the words that are not explained yet; undefined: the rule does not fit. Without it: no input. */
  read?: (reading: Interpretation, now: LocalNow) => ReadInput | undefined;
}

export type ReadInput = Record<string, unknown> | Question;

/** Something is missing: the person is asked, and the next utterance is read for it. */
export class Question {
  readonly text: string;
  /** What is known already. */
  readonly input: Record<string, unknown>;
  /** Reads what is missing from the answer. */
  readonly read: (reading: Interpretation, now: LocalNow) => Record<string, unknown> | undefined;

  constructor(text: string, input: Record<string, unknown>, read: Question['read']) {
    this.text = text;
    this.input = input;
    this.read = read;
  }
}
