import { withoutCredentials } from '../../../redaction/credentials'
import { type Printable, printable } from '../../printable'
import { usageProblem } from '../../problem'

/** The address of a Prometheus. */
export interface Address {
  /** The URL to which the paths of its API are added: without credentials, and with a slash at its end. */
  base: string
  /** The URL as people are shown it: without credentials too. */
  shown: Printable
  /** A header's value, where the URL had a user name and a password. */
  authorization?: string
}

/**
 * Takes an address apart: `https://reader:secret@metrics.example/prometheus`.
 *
 * @throws Problem for what is no address of a server that speaks HTTP
 */
export function readAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw usageProblem(
      `--prometheus takes an address such as http://localhost:9090, not "${hidden(text)}"`,
      'top'
    )
  const { username, password } = url
  if (url.search !== '' || url.hash !== '')
    throw usageProblem('--prometheus takes the address of the server, without ? and #', 'top')
  url.username = ''
  url.password = ''
  url.pathname = url.pathname.replace(/\/*$/, '/')
  return {
    base: url.href,
    shown: printable(url.href.replace(/\/$/, '')),
    ...(username === '' && password === '' ? {} : { authorization: basic(username, password) })
  }
}

/** A text that is no URL may hold a password all the same: `reader:secret@metrics.example`. */
function hidden(text: string): string {
  return withoutCredentials(text).replace(/^.*@/, '[redacted]@')
}

function basic(username: string, password: string): string {
  const words = [username, password].map(decoded).join(':')
  return `Basic ${Buffer.from(words).toString('base64')}`
}

/** Decodes what people wrote; a percent sign that encodes nothing is itself. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded)
    } catch {
      return encoded
    }
  })
}
