/** A text in which the words of a search are marked. */
import { markedText } from './marked-text.ts';

export function Marked({ text, search }: { text: string; search: string | undefined }) {
  return (
    <>{markedText(text, search).map((part, i) => (part.isMatch ? <mark key={i}>{part.text}</mark> : part.text))}</>
  );
}
