/** How well a text is understood is found out once in a turn: the recogniser and the end of speech ask for the same texts. */
export function eachTextOnce(understands: (text: string) => Promise<number>): (text: string) => Promise<number> {
  const known = new Map<string, Promise<number>>();
  return (text) => {
    const found = known.get(text) ?? understands(text);
    known.set(text, found);
    return found;
  };
}
