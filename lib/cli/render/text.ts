/** Names and URLs come from clients and apps: what would move the cursor or colour the screen is shown instead. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

export function describeCommand(command: readonly string[]): string {
  return command.length === 0 ? '(unknown)' : printable(command.join(' '))
}

/** At most so many columns, the end cut off and marked. */
export function cut(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`
}

/** At most so many columns, the middle left out: names that begin alike differ at their ends. */
export function cutMiddle(text: string, width: number): string {
  const characters = [...text]
  if (characters.length <= width) return text
  if (width < 3) return cut(text, width)
  const head = Math.floor((width - 1) / 2)
  return `${characters.slice(0, head).join('')}…${characters.slice(1 + head - width).join('')}`
}

/** A name in so many columns. */
export function fit(name: string, width: number): string {
  return pad(cutMiddle(name, width), width)
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}
