import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { parse as parseQuery } from 'node:querystring'
import { describe, it } from 'node:test'
import type * as CredentialsModule from '../dist/redaction/credentials'
import type * as RedactionModule from '../dist/redaction/redaction'
import { internal } from './support/cli'

const { Redaction } = internal<typeof RedactionModule>('../redaction/redaction')
const { withoutCredentials, requestWithoutCredentials } =
  internal<typeof CredentialsModule>('../redaction/credentials')
// Express's own.
const qs = createRequire(require.resolve('express'))('qs') as {
  parse(text: string, options?: object): object
}

const SECRET = 'SESAME'
const redaction = new Redaction(['?access_token'])

describe('the value of a parameter is hidden where', () => {
  for (const url of [
    '/x?access_token+=SESAME',
    '/x?+access_token=SESAME',
    '/x?access%5Ftoken=SESAME',
    '/x?access%5ftoken%20=SESAME',
    '/x?a=1;access_token=SESAME;b=2',
    '/x?access_token=1;SESAME',
    '/x?access_token=1#SESAME',
    '/x?access_token="SESAME"',
    '/x?access_token=<SESAME',
    '/x?access_token=1 SESAME',
    '/x?access_token=SESAME1&access_token=SESAME2',
    '/x?access_token[]=SESAME&access_token[]=SESAME2',
    '/x?access_token[a][b]=SESAME',
    '/x?access_token[a=b]=SESAME',
    '/x?a=[access_token]=SESAME',
    '/x?a.access_token=SESAME',
    '/x?a=1,access_token=SESAME',
    '/x?%61%63cess_token=SESAME',
    '/x?access_\ttoken=SESAME',
    '/x?access%255Ftoken=SESAME',
    '/x?a%26access_token=SESAME',
    '/x?a=/in?access_token=SESAME',
    '/x?%ff&access_token=SESAME&%',
    '/x?%ff[access_token]=SESAME',
    '/x#access_token=SESAME',
    '/x;access_token=SESAME/y'
  ])
    it(`it is in ${JSON.stringify(url)}`, () => {
      assert.doesNotMatch(redaction.url(url), /SESAME/)
      assert.doesNotMatch(redaction.header('Location', url) as string, /SESAME/)
    })

  it('a header of several URLs has it, the rest of which stays', () => {
    assert.equal(
      redaction.header('Link', '</x?access_token=SESAME>; rel="next", </y?a=1>; rel="prev"'),
      '</x?access_token=[redacted]>; rel="next", </y?a=1>; rel="prev"'
    )
    assert.equal(
      redaction.header('Refresh', '5; url="/x?access_token=SESAME"'),
      '5; url="/x?access_token=[redacted]"'
    )
  })
})

describe('the password of a URL', () => {
  it('is hidden in what a client asks for, whatever the app names', () => {
    for (const names of [[], ['?access_token']]) {
      assert.equal(new Redaction(names).target('http://mark:SESAME@h/x?a=b'), 'http://[redacted]@h/x?a=b')
      assert.equal(new Redaction(names).target('http://SESAME@h/x'), 'http://[redacted]@h/x')
      assert.equal(new Redaction(names).target('/users/mark:1@h'), '/users/mark:1@h')
    }
  })

  for (const [text, expected] of [
    ['http://mark:SESAME@h/', 'http://[redacted]@h/'],
    ['http://mark:SES@AME@h/', 'http://[redacted]@h/'],
    ['http://SESAME:x-oauth-basic@h/', 'http://[redacted]@h/'],
    ['https:SESAME:SESAME@h/', 'https:[redacted]@h/'],
    ['https:\\\\mark:SESAME@h/', 'https:\\\\[redacted]@h/'],
    ['https://///mark:SESAME@h/', 'https://///[redacted]@h/'],
    ['postgres://app:SES@AME@db/shop', 'postgres://app:[redacted]@db/shop'],
    ['--db=redis://:SESAME@db', '--db=redis://:[redacted]@db'],
    ['/x?next=http%3A%2F%2Fmark%3ASESAME%40h', '/x?next=[redacted]'],
    ['git+ssh://git@host/x mark@host', 'git+ssh://git@host/x mark@host']
  ] as const)
    it(`is hidden by the command in ${text}`, () => assert.equal(withoutCredentials(text), expected))

  it('is hidden in headers', () => {
    const { responseHeaders } = requestWithoutCredentials({
      url: '/',
      handlers: [],
      responseHeaders: '{"location":"http://mark:SES AME@h/","link":"<http://mark:SES@AME@h/>; rel=x"}'
    } as never)
    assert.equal(
      responseHeaders,
      '{"location":"http://[redacted]@h/","link":"<http://[redacted]@h/>; rel=x"}'
    )
  })
})

describe('any URL in which a parser finds the secret', () => {
  // Numerical Recipes' generator: the same cases each time.
  let state = 1
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const any = <T>(list: readonly T[]): T => list[random(list.length)] as T

  const NAMES = ['access_token', 'Access_Token', 'a', 'b[c]', 'user']
  const PIECES = [
    '=',
    '&',
    ';',
    '#',
    '?',
    '[',
    ']',
    '.',
    '+',
    '%',
    '%20',
    '%26',
    '%3D',
    '\t',
    '"',
    '<',
    '>',
    ',',
    ' '
  ]
  const encoded = (text: string) =>
    text.replace(/./g, (char) =>
      random(4) === 0 ? `%${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char
    )

  function madeUp(): string {
    let text = any(['/x?', '/x?a=1&', 'http://h/x?', '/x#', '/x;a=1?'])
    for (let left = 1 + random(8); left > 0; left--)
      text += any([() => encoded(any(NAMES)), () => any(PIECES), () => SECRET, () => '='])()
    return text
  }

  /** Whether there is the secret in what is told by such a name, as deep as it may be. */
  function holds(value: unknown, named = false): boolean {
    if (typeof value === 'string') return named && value.includes(SECRET)
    return Object.entries(value as object).some(([name, inner]) =>
      holds(inner, named || name.trim().toLowerCase() === 'access_token')
    )
  }

  function found(url: string): boolean {
    const query = url.slice(url.indexOf('?') + 1)
    const parsed = new URL(url, 'http://h')
    const search = (text: string) =>
      [...new URLSearchParams(text)].map(([name, value]) => ({ [name]: value }))
    return [
      ...search(parsed.search),
      ...search(parsed.hash.slice(1)),
      ...search(query),
      parseQuery(query),
      qs.parse(query),
      qs.parse(query, { allowDots: true }),
      qs.parse(query, { delimiter: /[;,&]/, depth: 20 })
    ].some((each) => holds(each))
  }

  it('does not show it, in 100,000 cases', () => {
    let cases = 0
    for (let made = 0; made < 100_000; made++) {
      const url = madeUp()
      if (!found(url)) continue
      cases++
      const shown = redaction.url(url)
      assert.ok(!found(shown), `${JSON.stringify(url)} is shown as ${JSON.stringify(shown)}`)
    }
    assert.ok(cases > 1000, `${cases}`)
  })
})
