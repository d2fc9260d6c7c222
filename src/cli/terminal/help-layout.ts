/**
 * The layout of help texts, also on terminals of 40 columns.
 */
import { type Command, Help, type HelpConfiguration, type Option } from 'commander';
import { indented } from './wrap.ts';

const INDENT = 2;
const STACKED_INDENT = 6;
/** Beside its term, a description has at least so many columns; otherwise it stands below. */
const MIN_DESCRIPTION = 30;

export const helpLayout: HelpConfiguration = {
  /** With the options that must be given. */
  commandUsage(command: Command) {
    const needed = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
    return Help.prototype.commandUsage.call(this, command).replace('[options]', [...needed, '[options]'].join(' '));
  },
  /** What commander knows of an option joins what its description ends with: (default: the host's, env: EARSHOT_NAME). */
  optionDescription(option: Option) {
    return Help.prototype.optionDescription.call(this, option).replace(/\) \((?=(choices|default|env): )/, ', ');
  },
  formatItem(term, termWidth, description, helper) {
    const width = helper.helpWidth ?? 80;
    const beside = width - termWidth - 2 * INDENT;
    if (!description || beside >= MIN_DESCRIPTION) {
      helper.minWidthToWrap = MIN_DESCRIPTION;
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    return [' '.repeat(INDENT) + term, ...indented(description, STACKED_INDENT, width)].join('\n');
  },
};
