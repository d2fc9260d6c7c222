/**
 * The header `Forwarded` (RFC 7239): each proxy adds an element with the address that it was called from. Pure.
 */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
/** What separates an element from the one before it, or a pair of a name and a value from the one before it; empty ones are allowed. */
const SEPARATOR = '[ \\t]*([,;])?[ \\t]*';
const PAIR = new RegExp(`${SEPARATOR}(?:(${TOKEN})=(${TOKEN}|${QUOTED}))?`, 'y');

/**
 * The values of `for`, from the first proxy to the last, without quotes; undefined where an element has none.
 *
 * @returns undefined for a header that is not valid: a client may have begun a quoted text that swallows what proxies have added
 */
export function parseForwarded(header: string): (string | undefined)[] | undefined {
  const elements: (string | undefined)[] = [undefined];
  let isAfterPair = false;
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < header.length) {
    const [matched = '', separator, name, value] = PAIR.exec(header) ?? [];
    // Neither a separator nor a pair; or two pairs with nothing between them.
    if (matched === '' || (name !== undefined && isAfterPair && separator === undefined)) return undefined;
    if (separator === ',') elements.push(undefined);
    isAfterPair = name !== undefined || (isAfterPair && separator === undefined);
    if (name?.toLowerCase() === 'for') elements[elements.length - 1] = unquoted(value ?? '');
  }
  return elements;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}
