/**
 * A sentence without what cannot be spoken: Markdown, emoji, addresses. Language models write them in spite of their
 * instructions.
 */
export function plainText(sentence: string): string {
  return (
    sentence
      // Images and links: their text.
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/https?:\/\/(?:www\.)?([\w.-]+[\w])\S*/g, '$1')
      .replace(/^\s*(?:#{1,6}|>|[-*+•])\s+/gm, '')
      .replace(/^\s*(?:-{3,}|\*{3,}|\|?(?:\s*:?-+:?\s*\|)+.*)$/gm, '')
      // Emphasis and code: their marks only. One star between numbers is a multiplication.
      .replace(/`+|~~|\*\*|__/g, '')
      .replace(/(^|[\s(])[*_]+(?=\S)|(?<=\S)[*_]+(?=[\s).,;:!?]|$)/g, '$1')
      .replace(/<\/?[a-z][^>]{0,100}>/gi, ' ')
      .replace(/^\s*\||\|\s*$/gm, '')
      .replace(/\s*\|\s*/g, ', ')
      .replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u{200d}|\u{fe0f}|\u{20e3}/gu, (mark) =>
        /[©®™\d#*]/.test(mark) ? mark : '',
      )
      .replace(/[^\P{C}\n]+/gu, ' ')
      // A voice pauses between the items of a list.
      .replace(/(?<=[\p{L}\p{N})])\s*\n\s*(?=\S)/gu, ', ')
      .replace(/\s+/g, ' ')
      .replace(/ +([.,;:!?])/g, '$1')
      .trim()
  );
}
