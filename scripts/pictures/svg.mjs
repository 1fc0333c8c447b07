const CHARACTER = 8.4
const LINE = 18
const PADDING = 14
const BACKGROUND = '#16181d'
const FOREGROUND = '#d7dae0'
/** tmux's change of character set, for lines, of which there are none. */
const SHIFT_OUT = '\x0e'
const SHIFT_IN = '\x0f'
const COLOURS = ['#3b4048', '#e86671', '#8cc265', '#d9a95b', '#6aa6e8', '#c678dd', '#4db5bd', '#d7dae0']

/** A terminal's screen, with the escape sequences of its colours, as a picture. */
export function svgOf(screen, columns, title) {
  const lines = screen.replace(/\n+$/, '').split('\n')
  const width = Math.ceil(columns * CHARACTER + 2 * PADDING)
  const height = lines.length * LINE + 2 * PADDING
  const state = { bold: false, dim: false, inverse: false, colour: undefined }
  const rows = lines.map((line, row) => rowOf(line, row, state))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows.flat().join('\n')}
</g>
</svg>
`
}

function rowOf(line, row, state) {
  const parts = []
  let column = 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they begin an escape sequence
  for (const part of line.split(/(\x1b\[[\d;]*m|\x0e|\x0f)/)) {
    if (part.startsWith('\x1b')) change(state, part)
    else if (part !== '' && part !== SHIFT_OUT && part !== SHIFT_IN) {
      parts.push(...piece(part, column, row, state))
      column += [...part].length
    }
  }
  return parts
}

function change(state, sequence) {
  for (const code of sequence.slice(2, -1).split(';').map(Number)) {
    if (code === 0) Object.assign(state, { bold: false, dim: false, inverse: false, colour: undefined })
    else if (code === 1) state.bold = true
    else if (code === 2) state.dim = true
    else if (code === 7) state.inverse = true
    else if (code === 22) Object.assign(state, { bold: false, dim: false })
    else if (code === 27) state.inverse = false
    else if (code >= 30 && code <= 37) state.colour = COLOURS[code - 30]
    else if (code === 39) state.colour = undefined
  }
}

function piece(text, column, row, { bold, dim, inverse, colour }) {
  const x = PADDING + column * CHARACTER
  const y = PADDING + row * LINE
  const length = [...text].length * CHARACTER
  const shapes = []
  if (inverse)
    shapes.push(
      `<rect x="${x.toFixed(1)}" y="${y}" width="${length.toFixed(1)}" height="${LINE}" fill="${FOREGROUND}"/>`
    )
  const fill = inverse ? BACKGROUND : (colour ?? FOREGROUND)
  const attributes = [`fill="${fill}"`, bold ? 'font-weight="bold"' : '', dim ? 'opacity="0.6"' : '']
  // Each word is put where its column is, so that no font and no viewer's idea of spaces moves it.
  for (const { 0: word, index } of text.matchAll(/█+|▏|[^█▏ ]+(?: [^█▏ ]+)*/g)) {
    const left = x + [...text.slice(0, index)].length * CHARACTER
    shapes.push(shape(word, left, y, attributes.filter(Boolean).join(' ')))
  }
  return shapes
}

function shape(word, x, y, attributes) {
  const length = [...word].length * CHARACTER
  if (word === '▏' || word.startsWith('█')) {
    const width = word === '▏' ? 1.5 : length
    return `<rect x="${x.toFixed(1)}" y="${y + 3}" width="${width.toFixed(1)}" height="${LINE - 6}" ${attributes}/>`
  }
  return `<text x="${x.toFixed(1)}" y="${y + 13}" textLength="${length.toFixed(1)}" ${attributes}>${escaped(word)}</text>`
}

function escaped(text) {
  return text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`)
}
