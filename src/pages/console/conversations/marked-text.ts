/**
 * Where the words of a search are in a text, so that they can be marked. Pure.
 */
export interface TextPart {
  text: string;
  isMatch: boolean;
}

const WORD = /[\p{L}\p{N}]+/gu;

/** Marks the beginning of each word that begins with a word of the search, as the search index finds it: "weath" in "Weather". */
export function markedText(text: string, search: string | undefined): TextPart[] {
  const wanted = announcementWords(search ?? '');
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: word, index } of wanted.length > 0 ? text.matchAll(WORD) : []) {
    const match = wanted.find((beginning) => word.toLowerCase().startsWith(beginning));
    if (match === undefined) continue;
    const end = index + match.length;
    parts.push({ text: text.slice(at, index), isMatch: false }, { text: text.slice(index, end), isMatch: true });
    at = end;
  }
  parts.push({ text: text.slice(at), isMatch: false });
  return parts.filter((part) => part.text !== '');
}

/** The longest first, so that "weather" is marked whole where "weath" is searched, too. */
function announcementWords(search: string): string[] {
  const words = search.toLowerCase().match(WORD) ?? [];
  return words.sort((a, b) => b.length - a.length);
}
