import { createHash } from 'node:crypto'
import { html, type Markup } from './html'
import { STYLE } from './style'

/** Markup of our own that is no template, such as the style, which is not escaped. */
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/**
 * A whole page in one file. Its policy forbids everything but its own style: no script runs in it, and it loads nothing,
 * whatever names and URLs it shows.
 */
export function page(title: string, body: Markup): string {
  const policy = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`
  const head = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
`
  const rest = html`</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
  return `${head}<style>${STYLE}</style>\n${rest}`
}
