/** From a value of the configuration file to that of an option, as if it stood on the command line. */
import { InvalidArgumentError, type Option } from 'commander';

/** @throws InvalidArgumentError */
export function optionValue(option: Option, written: unknown): unknown {
  if (!option.required && !option.optional) return switched(written);
  if (option.optional && written === true) return true;
  if (Array.isArray(written)) {
    if (!isRepeatable(option)) throw new InvalidArgumentError('Write one value, not a list.');
    return written.reduce((before, each) => parsed(option, each, before), option.defaultValue);
  }
  return parsed(option, written, option.defaultValue);
}

/** `--once`, and `--no-api-socket`, which the file calls `api-socket`. */
function switched(written: unknown): boolean {
  if (typeof written !== 'boolean') throw new InvalidArgumentError('Write true or false.');
  return written;
}

function isRepeatable(option: Option): boolean {
  return option.variadic || Array.isArray(option.defaultValue) || /repeat/.test(option.description);
}

function parsed(option: Option, written: unknown, before: unknown): unknown {
  if (typeof written !== 'string' && typeof written !== 'number') {
    throw new InvalidArgumentError('Write a text or a number.');
  }
  const text = String(written);
  return option.parseArg ? option.parseArg(text, before) : text;
}
